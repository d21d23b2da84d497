'use strict';

/** Every option and every function with values that are hardly ever right. */

const api = require('../..');
const { newCollector } = require('../fixtures/collector');

const show = (value) =>
  typeof value === 'bigint'
    ? `${value}n`
    : typeof value === 'symbol' || typeof value === 'number'
      ? String(value)
      : (JSON.stringify(value) ?? 'undefined');

const VALUES = [
  undefined,
  null,
  NaN,
  -1,
  0,
  Infinity,
  '',
  '5',
  [],
  {},
  Symbol('s'),
  1n,
];

/** What `use` throws for a value, or null. */
function errorOf(use, value) {
  try {
    use(value);
    return null;
  } catch (error) {
    return error;
  }
}

const accepted = (use) =>
  VALUES.filter((value) => errorOf(use, value) === null).map(show);

/** Each must say its field, what is allowed and what was given, under a code. */
function expectClear(use, field) {
  for (const value of VALUES) {
    const error = errorOf(use, value);
    if (error === null) continue;
    expect(error.code).toMatch(/^ERR_PPM_INVALID_(ARG|CONFIG)$/);
    expect(error.message.startsWith(`${field} must `)).toBe(true);
    expect(error.message).toMatch(/, got /);
  }
}

const { logger, eventBus, metrics: any } = newCollector();
const create = (options) =>
  new api.PipelinePerformanceMetrics({
    logger,
    eventBus,
    ...options,
  }).dispose();

/** What each accepts of the values; the names come from the package. */
const OF_CONFIG = {
  retentionPeriod: [],
  aggregationInterval: [],
  analysisInterval: ['0'],
  analysisEvents: [],
  alertThreshold: [],
  minAlertDuration: ['0'],
  maxHistorySize: [],
  maxStages: [],
  maxActiveExecutions: [],
  maxStagesPerExecution: [],
  alertCooldown: ['0'],
  alertHysteresis: ['0'],
  alertResolved: [],
  memorySampling: [],
  overheadBudget: ['Infinity'],
};

const OF_CONSTRUCTOR = {
  logger: [],
  eventBus: [],
  verbosityConfig: ['undefined', 'null'],
  dispatchStyle: ['undefined', 'null'],
  eventNames: ['undefined', 'null', '[]', '{}'],
  clock: ['undefined', 'null'],
  memorySampler: ['undefined', 'null'],
  config: ['undefined', 'null', '[]', '{}'],
};

const constructorOptions = () =>
  / to (.*), got/.exec(errorOf(create, { none: 1 }).message)[1].split(', ');

describe('a wrong value', () => {
  it('has a row here for every option of the constructor and every setting', () => {
    expect(Object.keys(OF_CONFIG)).toEqual(
      expect.arrayContaining(Object.keys(any.config)),
    );
    expect(Object.keys(OF_CONSTRUCTOR)).toEqual(constructorOptions());
  });

  it.each(Object.keys(any.config))(
    'of config.%s is refused, with why',
    (name) => {
      const { metrics } = newCollector();
      const assign = (value) => {
        metrics.config[name] = value;
      };
      const construct = (value) => create({ config: { [name]: value } });
      expect(accepted(assign)).toEqual(OF_CONFIG[name]);
      expect(accepted(construct)).toEqual(['undefined', ...OF_CONFIG[name]]);
      expectClear(assign, `config.${name}`);
      expectClear(construct, `config.${name}`);
    },
  );

  it.each(constructorOptions())(
    'of the option %s is refused, with why',
    (name) => {
      const construct = (value) => create({ [name]: value });
      expect(accepted(construct)).toEqual(OF_CONSTRUCTOR[name]);
      for (const value of VALUES) {
        const error = errorOf(construct, value);
        if (error === null) continue;
        expect(error.code).toMatch(/^ERR_PPM_INVALID_(ARG|CONFIG)$/);
        expect(error.message).toMatch(new RegExp(`^${name}(\\.level)? must `));
      }
    },
  );

  it.each(['maxDuration', 'maxMemory', 'baselineDuration', 'baselineMemory'])(
    'of the threshold %s is refused, with why',
    (name) => {
      const { metrics } = newCollector();
      const put = (value) =>
        metrics.alertThresholds.set('a', { [name]: value });
      expect(accepted(put)).toEqual(['undefined', '0']);
      expectClear(put, `threshold.${name}`);
    },
  );
});

/** The functions that an object has, up its prototypes. */
function functionsOf(object) {
  const names = new Set();
  for (
    let owner = object;
    owner !== null && owner !== Object.prototype && owner !== Map.prototype;
    owner = Object.getPrototypeOf(owner)
  ) {
    for (const name of Object.getOwnPropertyNames(owner)) {
      const { value } = Object.getOwnPropertyDescriptor(owner, name);
      if (typeof value === 'function' && name !== 'constructor')
        names.add(name);
    }
  }
  return [...names];
}

/** Calls with a value in each place, the others right. */
function callsOf(object, name) {
  const places = [
    (value) => [value],
    (value) => ['a', value],
    (value) => ['a', 'b', value],
    (value) => ['a', 'b', {}, value],
    (value) => [{ stages: value, stageBreakdown: value }],
    (value) => [{ stages: new Map([['a', value]]), stageBreakdown: [value] }],
    (value) => ['a', { duration: value, result: value, context: value }],
    (value) => ['a', [value]],
    (value) => ['pipeline', [{ totalDuration: value, success: value }]],
    (value) => [[value], 'a', 50],
    (value) => [[{ a: 1 }], value, 50],
    (value) => [[{ a: 1 }], 'a', value],
    (value) => [[['a', value]]],
    (value) => [{ range: value }, {}, { significance: value }],
  ];
  return places.map((place) => (value) => object[name](...place(value)));
}

function expectCoded(object, name) {
  for (const call of callsOf(object, name)) {
    for (const value of VALUES) {
      const error = errorOf(call, value);
      if (error !== null)
        expect(`${error.code} ${error.message}`).toMatch(/^ERR_PPM_INVALID_/);
    }
  }
}

const world = () => {
  const { metrics } = newCollector();
  const Trace = api.ActionAwareStructuredTrace(class {});
  const trace = new Trace({
    traceId: 't',
    logger,
    eventBus,
    performanceMetrics: metrics,
  });
  const maps = Object.fromEntries(
    Object.entries(metrics).filter(([, value]) => value instanceof Map),
  );
  return {
    metrics,
    aggregator: metrics.metricsAggregator,
    analyzer: metrics.performanceAnalyzer,
    trace,
    ...maps,
  };
};

/** They hand their arguments on: to the caller, and to the base class of a trace. */
const HANDED_ON = ['forEach', 'captureActionData'];

describe('a wrong argument', () => {
  const all = Object.entries(world()).flatMap(([owner, object]) =>
    functionsOf(object)
      .filter((name) => !HANDED_ON.includes(name))
      .map((name) => [owner, name]),
  );

  it.each(all)('of %s.%s gets an error of ours, or none', (owner, name) => {
    expectCoded(world()[owner], name);
  });

  it.each([
    'startPipelineExecution',
    'startStageExecution',
    'completeStageExecution',
    'completePipelineExecution',
  ])('of %s gets none: a pipeline runs', (name) => {
    const { metrics } = world();
    for (const call of callsOf(metrics, name))
      for (const value of VALUES) expect(errorOf(call, value)).toBeNull();
  });
});
