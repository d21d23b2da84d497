// What a caller in TypeScript may write, and what must not compile.

import { trace as openTelemetry } from '@opentelemetry/api';
import {
  ConsoleMetricExporter,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { Registry } from 'prom-client';
import PipelineMetrics, {
  ActionAwareStructuredTrace,
  BasePipelineStage,
  PipelinePerformanceMetrics,
  canonicalStageName,
  createMetricProducer,
  createOtlpExporter,
  installPipelineMetrics,
  measurePipeline,
  measureStage,
  withStageMetrics,
  type Alert,
  type CompletedStage,
  type ErrorCode,
  type EventPayload,
  type Logger,
  type MetricsEvent,
  type VerbosityLevel,
} from '../../index';

/** Compiles where `value` has type T: neither narrower nor wider, nor any. */
declare function exactly<T>(): <U>(
  value: 0 extends 1 & U ? never : [T, U] extends [U, T] ? U : never,
) => void;

const logger: Logger = console;

// Both shapes of event bus, written as their owners write them.

const objectBus = {
  dispatch(event: MetricsEvent): void {
    if (event.type === 'PIPELINE_PERFORMANCE_ALERT') {
      exactly<Alert>()(event.payload);
    } else if (event.type === 'PIPELINE_PERFORMANCE_ANALYSIS') {
      exactly<number>()(event.payload.overallRating);
    } else if (event.type === 'PIPELINE_PERFORMANCE_ALERT_RESOLVED') {
      exactly<number>()(event.payload.lasted);
    } else {
      exactly<number | undefined>()(event.payload['stage']?.p95Duration);
    }
  },
};
const looseBus = { dispatch(_event: { type: string; payload: unknown }) {} };
const namedBus = {
  async dispatch(_name: string, _payload: EventPayload): Promise<boolean> {
    return true;
  },
};
const hostBus = {
  async dispatch(_name: string, _payload = {}, _options = {}) {},
};

for (const eventBus of [objectBus, looseBus, namedBus, hostBus]) {
  new PipelinePerformanceMetrics({ logger, eventBus });
}
new PipelineMetrics({
  logger,
  eventBus: namedBus,
  dispatchStyle: 'name-payload',
});
// @ts-expect-error -- a bus needs dispatch
new PipelinePerformanceMetrics({ logger, eventBus: {} });
// @ts-expect-error -- a logger needs all four methods
new PipelinePerformanceMetrics({ logger: { debug() {} }, eventBus: objectBus });
// @ts-expect-error -- logger and bus are required
new PipelinePerformanceMetrics({});

// Verbosity, in each of its shapes.

const level: VerbosityLevel = 'detailed';
const filter = { getVerbosityLevel: () => 'whatever it says' };
for (const verbosityConfig of [null, level, { level }, filter]) {
  new PipelinePerformanceMetrics({
    logger,
    eventBus: objectBus,
    verbosityConfig,
  });
}
new PipelinePerformanceMetrics({
  logger,
  eventBus: objectBus,
  // @ts-expect-error -- no such level
  verbosityConfig: 'loud',
});

const metrics = new PipelinePerformanceMetrics({
  logger,
  eventBus: objectBus,
  config: { maxStages: 50, retentionPeriod: undefined },
  clock: { now: () => 0, wallNow: () => 0 },
  memorySampler: false,
  eventNames: { alert: 'core:pipeline_alert' },
});
metrics.config.alertThreshold = 3;
// @ts-expect-error -- a factor is a number
metrics.config.alertThreshold = '3';
// @ts-expect-error -- no such setting
metrics.config.maxHistory = 3;
new PipelinePerformanceMetrics({
  logger,
  eventBus: objectBus,
  // @ts-expect-error -- no such setting
  config: { maxHistory: 1 },
});

// Starting and completing.

const execution = metrics.startPipelineExecution('e', { actionCount: 3 });
// @ts-expect-error -- a disposed collector starts nothing
execution.executionId;
exactly<string | undefined>()(execution?.executionId);
exactly<number | undefined>()(execution?.totalDuration);

const handle = metrics.startStageExecution('e', 'filter', { inputSize: 10 });
if (handle !== null) {
  const stage = metrics.completeStageExecution('e', handle, { success: false });
  exactly<CompletedStage | undefined>()(stage);
  exactly<number | undefined>()(handle.duration);
}
exactly<CompletedStage | undefined>()(
  metrics.completeStageExecution('e', 'filter', { itemsProcessed: 3 }),
);
metrics.completeStageExecution('e', Math.random() < 0.5 ? 'filter' : handle!);
// @ts-expect-error -- neither a name nor a handle
metrics.completeStageExecution('e', 3);
// @ts-expect-error -- a count is a number
metrics.completeStageExecution('e', 'filter', { itemsProcessed: '3' });
// @ts-expect-error -- no such field
metrics.completeStageExecution('e', 'filter', { items: 3 });

const completed = metrics.completePipelineExecution('e', null);
exactly<number | undefined>()(completed?.stageBreakdown[0]?.percentage);
if (completed !== undefined) {
  exactly<true>()(completed.completed);
  exactly<number>()(metrics.calculatePerformanceRating(completed));
  metrics.analyzePipelinePerformance(completed).trends.message.trim();
}

// Figures made manually.

metrics.identifyBottlenecks({
  totalDuration: 1000,
  stageBreakdown: [
    {
      stageName: 'slow',
      duration: 600,
      percentage: 60,
      efficiency: { overall: 0.2 },
    },
  ],
});
metrics.calculateThroughput({ duration: 5, result: { itemsProcessed: 1 } });
metrics.captureStageExecution('s', {
  duration: 5,
  throughput: 3,
  errorRate: 0,
  successRate: 100,
});
metrics.captureStageExecution('s', {
  stage: 's',
  execution: { startTime: 0, endTime: 5, memoryUsage: 100 },
  quality: { errorCount: 1, successRate: 100 },
});
// @ts-expect-error -- a duration is a number
metrics.captureStageExecution('s', { duration: '5' });
metrics.setStageThreshold('s', { maxDuration: 100 });
// @ts-expect-error -- no such limit
metrics.setStageThreshold('s', { maxTime: 100 });

// The Maps.

for (const [name, entries] of metrics.stageMetrics) {
  exactly<string>()(name);
  exactly<number | undefined>()(entries.at(-1)?.duration);
}
metrics.stageMetrics.set('s', [
  { duration: 1, success: true, timestamp: new Date() },
]);
metrics.pipelineExecutions.set('old', { timestamp: new Date(0).toISOString() });
metrics.activeExecutions.set('now', {});
metrics.performanceBaselines.set('s', { count: 1, totalDuration: 5 });
metrics.performanceHistory.set('pipeline', [
  { totalDuration: 500, success: true },
]);
metrics.alertThresholds.set('s', {
  maxMemory: 1,
  ...metrics.alertThresholds.get('s'),
});
const asMap: Map<string, unknown> = metrics.alertThresholds;
asMap.clear();
// @ts-expect-error -- the Maps stay
metrics.stageMetrics = new Map();

// Queries.

exactly<number | undefined>()(metrics.getStageMetrics('s', 1000)[0]?.cpuTime);
exactly<boolean | undefined>()(
  metrics.getPerformanceSummary().stages['s']?.baseline?.isWarm,
);
exactly<number>()(metrics.getDiagnostics().hostileInputs);
// @ts-expect-error -- no such counter
metrics.getDiagnostics().errors;
metrics.metricsAggregator.calculatePercentile(
  metrics.getStageMetrics('s'),
  'throughput.itemsPerSecond',
  95,
);
metrics.performanceAnalyzer.analyzePerformancePattern(
  metrics.getStageMetrics('s'),
);

// Measuring returns what the function does.

exactly<number>()(measureStage(metrics, 's', null, () => 5));
exactly<number>()(measureStage(metrics, 's', { executionId: 7 }, () => 5));
exactly<Promise<string>>()(
  measurePipeline(metrics, { executionId: 'e' }, async () => 'done'),
);
exactly<boolean>()(measureStage(undefined, 's', undefined, () => true));
// @ts-expect-error -- a trace or a collector
measureStage({}, 's', null, () => 5);
// @ts-expect-error -- a function is needed
measureStage(metrics, 's', null);

// Traces.

class HostTrace {
  constructor(
    readonly name: string,
    _options?: object,
  ) {}
  captureActionData(_stage: string, _id: string, _data: object): Promise<void> {
    return Promise.resolve();
  }
  verbosity = 3;
}
class Trace extends ActionAwareStructuredTrace(HostTrace) {
  describe(): string {
    return `${this.name} ${this.pipelineExecutionId} ${this.verbosity + 1}`;
  }
}
const trace = new Trace('host', { performanceMetrics: metrics });
exactly<number | undefined>()(trace.startStageExecution('s')?.startTime);
exactly<Record<string, Record<string, unknown>>>()(trace.actionData);
exactly<number>()(measureStage(trace, 's', null, () => 5));
trace.performanceMetrics = null;
// @ts-expect-error -- a collector or none
trace.performanceMetrics = 3;

const plain = new ActionAwareStructuredTrace({ traceId: 't', logger });
exactly<string>()(plain.verbosity);
// @ts-expect-error -- a trace without a base needs an id
new ActionAwareStructuredTrace({ logger });
class Own extends ActionAwareStructuredTrace {}
new Own({ traceId: 't' }).completePipelineExecution({ success: true });
const something: unknown = trace;
if (something instanceof ActionAwareStructuredTrace)
  something.getPerformanceMetrics();
ActionAwareStructuredTrace.applyTo(HostTrace, {
  performanceMetrics: metrics,
}).restore();
// @ts-expect-error -- a class is needed
ActionAwareStructuredTrace.applyTo({});

// Stages.

interface Context {
  actions: string[];
}
class Filtering extends BasePipelineStage<Context, number> {
  override async executeInternal(context: Context): Promise<number> {
    return context.actions.length;
  }
  override calculateInputSize(context: Context): number {
    return 2 * super.calculateInputSize(context);
  }
}
exactly<Promise<number>>()(
  new Filtering({ logger, eventBus: objectBus }).execute({ actions: [] }),
);
// @ts-expect-error -- not such a context
new Filtering({ logger, eventBus: objectBus }).execute({});

class EngineStage {
  constructor(readonly name: string) {}
  async execute(_context: object): Promise<{ success: boolean }> {
    return { success: true };
  }
}
class Measured extends withStageMetrics(EngineStage) {
  override countProcessedItems(): number {
    return this.name.length;
  }
}
exactly<Promise<{ success: boolean }>>()(new Measured('a').execute({}));
exactly<number>()(new Measured('a').calculateOutputSize({}));
class Inner extends withStageMetrics(
  class {
    executeInternal() {}
  },
) {}
new Inner().execute({});

exactly<void>()(
  installPipelineMetrics({
    Pipeline: EngineStage,
    PipelineStage: EngineStage,
    metrics,
    stages: [EngineStage, { execute: () => 1 }],
    contained: true,
  }).uninstall(),
);
installPipelineMetrics({
  // @ts-expect-error -- a pipeline has execute
  Pipeline: Object,
  PipelineStage: EngineStage,
  metrics,
});

exactly<string>()(canonicalStageName(Filtering));

// Errors are distinguished by their code.

export function explain(error: unknown): string {
  const code = (error as { code?: ErrorCode }).code;
  switch (code) {
    case 'ERR_PPM_INVALID_ARG':
    case 'ERR_PPM_INVALID_CONFIG':
    case 'ERR_PPM_INTERNAL':
    case 'ERR_PPM_NOT_IMPLEMENTED':
    case 'ERR_PPM_NATIVE_LOAD':
      return code;
    case undefined:
      return 'another error';
    default:
      return code satisfies never;
  }
}

// Exporters.

export async function exported(): Promise<number> {
  await using exporter = createOtlpExporter({
    url: new URL('http://localhost:4318'),
    headers: { Authorization: 'Bearer token' },
    resource: { 'host.name': 'a', ports: [1, 2] },
    signal: new AbortController().signal,
  })
    .exportMetrics(metrics, { interval: 1000 })
    .exportTraces(metrics, {
      sample: 0.1,
      activeSpan: () => openTelemetry.getActiveSpan()?.spanContext(),
    });
  const isSent: boolean = await exporter.flush({ timeout: 1000 });
  const { executions, traces } = exporter.getCounts();
  const takeOut: () => void = metrics.registerWith(new Registry());
  takeOut();
  new PeriodicExportingMetricReader({
    exporter: new ConsoleMetricExporter(),
    metricProducers: [createMetricProducer(metrics)],
  });
  return isSent ? traces.sent : (executions.missed ?? 0);
}

{
  using scoped = new PipelinePerformanceMetrics({
    logger,
    eventBus: objectBus,
  });
  scoped.aggregateMetrics();
}
metrics.dispose();
