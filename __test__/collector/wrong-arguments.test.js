'use strict';

const {
  ActionAwareStructuredTrace,
  PipelinePerformanceMetrics,
  createMetricProducer,
  createMetricsHandler,
  createOtlpExporter,
  installPipelineMetrics,
  measurePipeline,
  measureStage,
  serveMetrics,
  withStageMetrics,
} = require('../..');
const { visible } = require('../../js/visible-text');
const { newCollector } = require('../fixtures/collector');
const { thrownBy } = require('../fixtures/throwing');

const ARG = 'ERR_PPM_INVALID_ARG';
const CONFIG = 'ERR_PPM_INVALID_CONFIG';

class Pipeline {
  execute() {}
}
class PipelineStage {
  execute() {}
}

let metrics;
let logger;
let eventBus;
beforeEach(() => {
  ({ metrics, logger, eventBus } = newCollector());
});
const create = (options) => () =>
  new PipelinePerformanceMetrics({ logger, eventBus, ...options });
const set = (name, value) => () => {
  metrics.config[name] = value;
};
const install = (options) => () =>
  installPipelineMetrics({ Pipeline, PipelineStage, metrics, ...options });
const exporter = (options) => () =>
  createOtlpExporter({ url: 'http://127.0.0.1:1', ...options });

/** What is wrong, the call, the name in its error, what is allowed, what was given, the code. */
// prettier-ignore
const WRONG = [
  ['options', () => new PipelinePerformanceMetrics(5), /an object with logger/, '5', ARG],
  ['logger', create({ logger: 5 }), /methods debug, info, warn, error/, '5', ARG],
  ['eventBus', create({ eventBus: {} }), /the method dispatch/, 'an object', ARG],
  ['clock', create({ clock: 5 }), /the methods now, wallNow/, '5', ARG],
  ['memorySampler', create({ memorySampler: 5 }), /a function that returns bytes, or false/, '5', ARG],
  ['verbosityConfig', create({ verbosityConfig: 'loud' }), /one of minimal, basic/, '"loud"', CONFIG],
  ['dispatchStyle', create({ dispatchStyle: 'both' }), /one of auto, object, name-payload/, '"both"', CONFIG],
  ['eventNames.alert', create({ eventNames: { alert: '' } }), /a non-empty string/, '""', CONFIG],
  ['config.maxStages', create({ config: { maxStages: 1.5 } }), /a whole number from 1 to/, '1.5', CONFIG],
  ['config.memorySampling', set('memorySampling', 'on'), /one of auto, exact, shared, off/, '"on"', CONFIG],
  ['config.retentionPeriod', set('retentionPeriod', '1h'), /milliseconds above 0/, '"1h"', CONFIG],
  ['threshold.maxDuration', () => metrics.setStageThreshold('a', { maxDuration: -1 }), /at least 0/, '-1', CONFIG],
  ['fn', () => measureStage(metrics, 'a', () => 1), /a function/, 'undefined', ARG],
  ['fn', () => measurePipeline(metrics, {}, 5), /a function/, '5', ARG],
  ['Pipeline', install({ Pipeline: 5 }), /a class whose prototype has a method execute/, '5', ARG],
  ['metrics', install({ metrics: 5 }), /the methods startPipelineExecution/, '5', ARG],
  ['stages', install({ stages: 5 }), /an array/, '5', ARG],
  ['pipelines', install({ pipelines: [5] }), /classes or objects with a method execute/, '5', ARG],
  ['contained', install({ contained: 'yes' }), /true, false or 'auto'/, '"yes"', ARG],
  ['describe', install({ describe: 'x' }), /a function/, '"x"', ARG],
  ['estimateSizes', install({ estimateSizes: 'no' }), /true or false/, '"no"', ARG],
  ['Base', () => withStageMetrics(5), /must be a class/, '5', ARG],
  ['Base', () => ActionAwareStructuredTrace(5), /must be a class/, '5', ARG],
  ['HostTrace', () => ActionAwareStructuredTrace.applyTo(5), /must be a class/, '5', ARG],
  ['metrics', () => createMetricsHandler(5), /the method toOpenMetrics/, '5', ARG],
  ['metrics', () => createMetricProducer({}), /a PipelinePerformanceMetrics/, 'an object', ARG],
  ['timeout', exporter({ timeout: -1 }), /milliseconds above 0/, '-1', CONFIG],
  ['url', exporter({ url: 'nowhere' }), /a URL of http or https/, '"nowhere"', CONFIG],
  ['config.retentionPeriod', create({ config: { retentionPeriod: 5n } }), /milliseconds above 0/, '5n', CONFIG],
  ['timeRange', () => metrics.getStageMetrics('a', -5), /milliseconds above 0, or null/, '-5', ARG],
  ['range', () => metrics.getQuantiles('a', { range: 'x' }), /milliseconds above 0, or null/, '"x"', ARG],
  ['stageName', () => metrics.getQuantiles(5), /a string, or \{ stage \} with one/, '5', ARG],
  ['horizon', () => metrics.forecast('a', { horizon: -1 }), /a whole number from 1 to/, '-1', ARG],
  ['options', () => metrics.detectAnomalies('a', 5), /an object/, '5', ARG],
  ['horizon', () => metrics.forecast('a', { horizon: 0 }), /a whole number from 1 to/, '0', ARG],
  ['threshold', () => metrics.forecast('a', { threshold: NaN }), /a finite number/, 'NaN', ARG],
  ['confidence', () => metrics.forecast('a', { confidence: 1 }), /above 0 and below 1/, '1', ARG],
  ['last', () => metrics.analyzeCriticalPaths({ last: 1.5 }), /a whole number/, '1.5', ARG],
  ['significance', () => metrics.compare({}, {}, { significance: 0 }), /above 0 and below 1/, '0', ARG],
  ['from', () => metrics.compare({ from: 'yesterday' }, {}), /an ISO 8601 text/, '"yesterday"', ARG],
  ['fraction', () => metrics.whatIf('a'), /a number from 0 to 1/, 'undefined', ARG],
  ['fraction', () => metrics.whatIf('a', 2), /a number from 0 to 1/, '2', ARG],
  ['format', () => metrics.generateReport({ format: 'pdf' }), /one of text, markdown, json, html/, '"pdf"', ARG],
  ['stageData', () => metrics.updatePerformanceBaseline('a', null), /an object/, 'null', ARG],
  ['stageData', () => metrics.analyzeStagePerformance('a'), /an object/, 'undefined', ARG],
  ['stageData', () => metrics.analyzePerformance('a', 5), /an object/, '5', ARG],
  ['execution', () => metrics.analyzePipelinePerformance(), /an object/, 'undefined', ARG],
  ['percentile', () => metrics.metricsAggregator.calculatePercentile([], 'duration', '95'), /a number from 0 to 100/, '"95"', ARG],
  ['threshold of stage', () => metrics.setStageThreshold(5n), /an object/, 'undefined', CONFIG],
  ['from', () => metrics.compare({ from: '5' }, {}), /a time: a Date, an ISO 8601 text/, '"5"', ARG],
  ['before', () => metrics.compare(5, {}), /a selection of stored runs, a history or a list/, '5', ARG],
  ['execution.stages', () => metrics.calculateStageBreakdown({ stages: 5 }), /a Map of stages/, '5', ARG],
  ['stage metrics[0]', () => metrics.stageMetrics.set('a', [5]), /an object/, '5', ARG],
  ['percentile', () => metrics.metricsAggregator.calculatePercentile([], 'a', 101), /from 0 to 100/, '101', ARG],
  ['executionData', () => metrics.captureStageExecution('a', 5), /an object/, '5', ARG],
  ['stage metrics', () => metrics.stageMetrics.set('a', 5), /an array of entries/, '5', ARG],
  ['a baseline', () => metrics.performanceBaselines.set('a', 5), /an object with count/, '5', ARG],
  ['an active execution', () => metrics.activeExecutions.set('a', 5), /an object/, '5', ARG],
  ['a completed execution', () => metrics.pipelineExecutions.set('a', 5), /an object/, '5', ARG],
];

/** What takes the name of a stage first, called without it. */
const NAMELESS = [
  ['setStageThreshold', { maxDuration: 5 }],
  ['captureStageExecution', { duration: 5 }],
  ['recordStageMetrics', { duration: 5 }],
  ['updatePerformanceBaseline', { duration: 5 }],
  ['analyzeStagePerformance', { duration: 5 }],
  ['analyzePerformance', { duration: 5 }],
  ['getStageMetrics', {}],
  ['getQuantiles', { range: 5 }],
  ['analyzeTrend', { range: 5 }],
  ['detectChangePoints', { range: 5 }],
  ['detectAnomalies', { range: 5 }],
  ['forecast', { horizon: 5 }],
  ['whatIf', { last: 5 }],
  ['explainSlowness', { range: 5 }],
  ['analyzeScaling', { range: 5 }],
];

it.each(NAMELESS)('%s says that the name was forgotten', (method, next) => {
  const said =
    'stageName must be a string, or { stage } with one, got an object';
  const error = thrownBy(() => metrics[method](next));
  expect([error.message, error.code]).toEqual([said, ARG]);
});

it.each(['alertThresholds', 'performanceBaselines', 'stageMetrics'])(
  '%s takes no other object for a name',
  (map) => {
    const error = thrownBy(() => metrics[map].set({}, {}));
    expect(error.message).toMatch(/^stageName must be a string/);
  },
);

describe('an error about a wrong argument', () => {
  it.each(WRONG)(
    'names %s, what is allowed and what was given',
    (name, call, allowed, given, code) => {
      const error = thrownBy(call);
      expect(error).toBeInstanceOf(Error);
      expect(error.message).toContain(name);
      expect(error.message).toMatch(allowed);
      expect(error.message.endsWith(`, got ${given}`)).toBe(true);
      expect(error.code).toBe(code);
    },
  );

  it.each([
    ['pipelines', Object.freeze({ execute() {} })],
    ['stages', Object.freeze(Object.create(null, { execute: { value() {} } }))],
  ])('names no class for a frozen object in %s', (option, holder) => {
    const { message } = thrownBy(install({ [option]: [holder] }));
    expect(message).toBe(
      'execute of an object in pipelines or stages cannot be replaced: the object is frozen, sealed or not extensible',
    );
  });

  it('shows no hidden character of what was given', () => {
    const hidden = '\u009b31m\u202e\n';
    class Frozen extends PipelineStage {
      static name = hidden;
      execute() {}
    }
    Object.freeze(Frozen.prototype);
    for (const call of [
      create({ [hidden]: 1 }),
      create({ dispatchStyle: hidden }),
      install({ PipelineStage: Frozen }),
      () => metrics.getQuantiles('a', { range: hidden }),
      () => metrics.compare(`\u001b${hidden}`, {}),
    ]) {
      const { message } = thrownBy(call);
      expect(message).toBe(visible(message));
    }
  });

  it.each([
    ['serveMetrics(5)', () => serveMetrics(5), /^metrics must be .*, got 5$/],
    [
      'a port that is none',
      () => serveMetrics(metrics, { port: 70_000 }),
      /^port must be a whole number from 0 to 65535, got 70000$/,
    ],
  ])('rejects for %s', async (_what, call, message) => {
    await expect(call()).rejects.toThrow(message);
  });

  // prettier-ignore
  it.each([
    ['describes', install({ describes: null }), 'options', ARG],
    ['maxStage', create({ config: { maxStage: 1 } }), 'config', CONFIG],
    ['alertTreshold', set('alertTreshold', 3), 'config', CONFIG],
    ['retentionPeriod', create({ retentionPeriod: 5 }), 'options', CONFIG],
    ['alerts', create({ eventNames: { alerts: 'a' } }), 'eventNames', CONFIG],
    ['maxDuratoin', () => metrics.setStageThreshold('a', { maxDuratoin: 1 }), 'threshold', CONFIG],
    ['horizn', () => metrics.forecast('a', { horizn: 5 }), 'options', ARG],
    ['timeouts', exporter({ timeouts: 5 }), 'options', CONFIG],
  ])('says that there is no %s, and what there is', (name, call, of, code) => {
    const error = thrownBy(call);
    expect(error.message).toMatch(new RegExp(`^${of} must be limited to .*, got "${name}"$`));
    expect(error.code).toBe(code);
  });
});
