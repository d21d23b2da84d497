// The declared contract against what the JavaScript exports: names, and how many arguments each
// method takes, in both directions. What methods answer is compared at run time, in
// declared.test.js.

import type * as Public from '../../index';
import * as Facade from '../../js/index.js';

/** Fails to compile where the two differ. */
type Same<A, B> = [A, B] extends [B, A]
  ? true
  : { declared: Exclude<A, B>; exported: Exclude<B, A> };

/** Names that are written out; what TypeScript infers of a class may have an index signature, too. */
type Names<T> = keyof {
  [
    Name in keyof T as string extends Name
      ? never
      : Name extends string
        ? Name
        : never
  ]: Name;
};

/** The most arguments each method takes; null for what is no method. */
type Arities<T> = {
  [Name in Names<T> & keyof T]: 0 extends 1 & T[Name]
    ? null
    : T[Name] extends (...args: infer Args) => unknown
      ? Required<Args>['length']
      : null;
};

type Declared = Public.PipelinePerformanceMetrics;
type Collector = InstanceType<typeof Facade.PipelinePerformanceMetrics>;

export const exports: Same<
  Names<typeof Public>,
  Exclude<Names<typeof Facade>, '__esModule'>
> = true;

export const members: Same<Names<Declared>, Names<Collector>> = true;

/** Plain properties: nothing is known of what a caller puts in. */
type Given = 'logger' | 'eventBus' | 'verbosityConfig';

export const methods: Same<
  Omit<Arities<Declared>, Given>,
  Omit<Arities<Collector>, Given>
> = true;

export const aggregator: Same<
  Arities<Declared['metricsAggregator']>,
  Arities<Collector['metricsAggregator']>
> = true;

export const analyzer: Same<
  Omit<Arities<Declared['performanceAnalyzer']>, 'logger'>,
  Omit<Arities<Collector['performanceAnalyzer']>, 'logger'>
> = true;

/** Functions; the classes among the exports are compared by their members. */
type Functions =
  | 'canonicalStageName'
  | 'createMetricProducer'
  | 'createMetricsHandler'
  | 'createOtlpExporter'
  | 'installPipelineMetrics'
  | 'measurePipeline'
  | 'measureStage'
  | 'withStageMetrics';

export const functions: Same<
  Pick<Arities<typeof Public>, Functions>,
  Pick<Arities<typeof Facade>, Functions>
> = true;

/** Members that stand in the source; the estimators are added as a class is made. */
export const stage: Same<
  Exclude<Names<Public.BasePipelineStage>, Names<Public.StageEstimators>>,
  Names<InstanceType<typeof Facade.BasePipelineStage>>
> = true;

export const mixin: Same<
  Names<typeof Public.ActionAwareStructuredTrace>,
  Names<typeof Facade.ActionAwareStructuredTrace>
> = true;
