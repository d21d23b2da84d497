'use strict';

/** What the constructor, the settings and the thresholds refuse, and how they say so. */

const { inspect } = require('node:util');
const { PipelinePerformanceMetrics } = require('../..');
const { native } = require('../../js/boundary/native');
const { coreOf } = require('../../js/recording/direct-recorder');
const {
  newCollector,
  objectBus,
  recordingLogger,
} = require('../fixtures/collector');
const { thrownBy } = require('../fixtures/throwing');

it('the settings that the engine heeds have the defaults of the engine', () => {
  const metrics = construct({
    logger: recordingLogger(),
    eventBus: objectBus(),
  })();
  const defaults = native.defaultSettings();
  expect(metrics.config).toMatchObject(defaults);
  expect(require('../../native/default-settings')).toEqual(defaults);
  metrics.dispose();
});

const CODE = /^ERR_PPM_INVALID_(ARG|CONFIG)$/;

const construct = (options) => () => new PipelinePerformanceMetrics(options);

describe('the constructor', () => {
  const logger = recordingLogger();
  const eventBus = objectBus();

  it.each(['debug', 'info', 'warn', 'error'])(
    'refuses a logger without %s and names it',
    (method) => {
      const partial = { ...logger, [method]: undefined };
      const error = thrownBy(construct({ logger: partial, eventBus }));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.code).toBe('ERR_PPM_INVALID_ARG');
      expect(error.message).toContain(method);
      expect(error.message).toMatch(/logger/i);
    },
  );

  it.each([undefined, null, {}, 'console', 5])(
    'refuses %o for a logger',
    (value) => {
      const error = thrownBy(construct({ logger: value, eventBus }));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.code).toBe('ERR_PPM_INVALID_ARG');
      expect(error.message).toMatch(/logger/i);
    },
  );

  it.each([undefined, null, {}, { dispatch: 5 }, 'bus'])(
    'refuses %o for an event bus and names dispatch',
    (value) => {
      const error = thrownBy(construct({ logger, eventBus: value }));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.code).toBe('ERR_PPM_INVALID_ARG');
      expect(error.message).toContain('dispatch');
    },
  );

  it.each([undefined, null, 5, 'options'])(
    'refuses %o for options',
    (value) => {
      const error = thrownBy(construct(value));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.code).toBe('ERR_PPM_INVALID_ARG');
    },
  );

  it('takes methods from a prototype', () => {
    class Logger {
      debug() {}
      info() {}
      warn() {}
      error() {}
    }
    class Bus {
      dispatch() {}
    }
    const metrics = new PipelinePerformanceMetrics({
      logger: new Logger(),
      eventBus: new Bus(),
    });
    metrics.dispose();
    expect(metrics.logger).toBeInstanceOf(Logger);
    expect(metrics.eventBus).toBeInstanceOf(Bus);
  });

  it.each([
    ['clock', { now: 5, wallNow: () => 0 }],
    ['clock', { now: () => 0 }],
    ['clock', 'noon'],
    ['memorySampler', 5],
    ['memorySampler', true],
    ['dispatchStyle', 'pigeon'],
    ['eventNames', { alert: 5 }],
    ['verbosityConfig', 'loud'],
  ])('refuses a wrong %s and names it', (field, value) => {
    const error = thrownBy(construct({ logger, eventBus, [field]: value }));
    expect(error).toBeInstanceOf(Error);
    expect(error.code).toMatch(CODE);
    expect(error.message).toContain(field);
  });

  it('reads null as not given', () => {
    const nothing = {
      config: null,
      clock: null,
      memorySampler: null,
      dispatchStyle: null,
      eventNames: null,
      verbosityConfig: null,
    };
    const metrics = new PipelinePerformanceMetrics({
      logger,
      eventBus,
      ...nothing,
    });
    metrics.dispose();
    expect(metrics.config.maxHistorySize).toBe(10_000);
  });
});

describe('the configuration', () => {
  it('has the ticket’s defaults, and a bound on stage names', () => {
    const metrics = new PipelinePerformanceMetrics({
      logger: recordingLogger(),
      eventBus: objectBus(),
    });
    metrics.dispose();
    expect({ ...metrics.config }).toMatchObject({
      retentionPeriod: 24 * 60 * 60 * 1000,
      aggregationInterval: 5 * 60 * 1000,
      alertThreshold: 2,
      maxHistorySize: 10_000,
      maxStages: 500,
    });
  });

  const wrongNumbers = [NaN, -1, -Infinity];
  const wrongTypes = ['100', null, {}, [], true, 10n, Symbol('x'), () => 1];
  const fields = [
    'retentionPeriod',
    'aggregationInterval',
    'alertThreshold',
    'maxHistorySize',
  ];

  it.each(fields)('refuses a wrong %s when it is set', (field) => {
    const { metrics } = newCollector();
    const before = metrics.config[field];
    for (const value of [...wrongNumbers, ...wrongTypes]) {
      const error = thrownBy(() => {
        metrics.config[field] = value;
      });
      expect(error).toBeInstanceOf(
        typeof value === 'number' ? RangeError : TypeError,
      );
      expect(error.code).toBe('ERR_PPM_INVALID_CONFIG');
      expect(error.message).toContain(field);
      expect(metrics.config[field]).toBe(before);
    }
  });

  it.each([...fields, 'maxStages'])(
    'refuses a wrong %s in the constructor',
    (field) => {
      for (const value of [...wrongNumbers, 'many', {}, 10n]) {
        const error = thrownBy(() =>
          newCollector({ config: { [field]: value } }),
        );
        expect(error).toBeInstanceOf(
          typeof value === 'number' ? RangeError : TypeError,
        );
        expect(error.code).toBe('ERR_PPM_INVALID_CONFIG');
        expect(error.message).toContain(field);
      }
    },
  );

  it('refuses anything but a whole number of entries', () => {
    const { metrics } = newCollector();
    for (const value of [2.5, 0.1]) {
      const set = () => {
        metrics.config.maxHistorySize = value;
      };
      expect(set).toThrow(RangeError);
    }
  });

  it('shows what was set', () => {
    const { metrics } = newCollector({ config: { maxHistorySize: 7 } });
    expect(metrics.config.maxHistorySize).toBe(7);
    metrics.config.retentionPeriod = 1234;
    expect(metrics.config.retentionPeriod).toBe(1234);
    expect(Object.keys(metrics.config)).toContain('retentionPeriod');
  });

  it('shows its values to util.inspect, and is copied with them', () => {
    const { config } = newCollector({ config: { maxHistorySize: 7 } }).metrics;
    expect(inspect(config)).toMatch(/\bmaxHistorySize: 7,/);
    expect(inspect(config)).not.toContain('Getter');
    expect(Object.assign({}, config).maxHistorySize).toBe(7);
  });

  it('checks settings assigned in any way, and loses none', () => {
    const { config } = newCollector().metrics;
    const put = (value) => Reflect.defineProperty(config, 'maxStages', value);
    expect(() => put({ value: 0 })).toThrow(RangeError);
    expect(() => put({ get: () => 1 })).toThrow(TypeError);
    expect(put({ value: 9 })).toBe(true);
    expect(config.maxStages).toBe(9);
    expect(Reflect.deleteProperty(config, 'maxStages')).toBe(false);
    expect(Reflect.set(config, Symbol('any'), 1)).toBe(false);
    expect(() => Object.assign(config, { maxStage: 1 })).toThrow(/maxStages/);
  });

  it('throws an error with a code where the native side refuses', () => {
    const { metrics } = newCollector();
    coreOf(metrics).engine.configure = () => {
      throw Object.assign(new Error('closed'), { code: 'GenericFailure' });
    };
    const set = () => (metrics.config.maxStages = 9);
    expect(thrownBy(set).code).toBe('ERR_PPM_INTERNAL');
  });

  it.each(['config', 'stageMetrics', 'alertThresholds', 'performanceHistory'])(
    'and the Maps cannot be replaced, which would set nothing: %s',
    (name) => {
      const { metrics } = newCollector();
      const replace = () => {
        metrics[name] = {};
      };
      expect(replace).toThrow(TypeError);
      expect(Object.keys(metrics)).toContain(name);
    },
  );

  it('belongs to one collector', () => {
    const [a, b] = [newCollector().metrics, newCollector().metrics];
    a.config.maxHistorySize = 3;
    expect(b.config.maxHistorySize).toBe(10_000);
  });
});

describe('a threshold', () => {
  const wrong = [
    ['maxDuration', -1, RangeError],
    ['maxDuration', NaN, RangeError],
    ['maxMemory', -5, RangeError],
    ['maxMemory', '10', TypeError],
    ['maxDuration', {}, TypeError],
  ];

  it.each(wrong)('is refused with %s of %o', (field, value, Kind) => {
    const { metrics } = newCollector();
    const limits = { maxDuration: 10, maxMemory: 10, [field]: value };
    for (const set of [
      () => metrics.setStageThreshold('a', limits),
      () => metrics.alertThresholds.set('a', { [field]: value }),
    ]) {
      const error = thrownBy(set);
      expect(error).toBeInstanceOf(Kind);
      expect(error.code).toMatch(CODE);
      expect(error.message).toContain(field);
      expect(metrics.alertThresholds.has('a')).toBe(false);
    }
  });

  it('may name one limit only: the other is not checked', () => {
    const world = newCollector();
    const { metrics, clock, heap, events } = world;
    metrics.setStageThreshold('a', { maxMemory: 100 });
    metrics.startPipelineExecution('e');
    metrics.startStageExecution('e', 'a');
    clock.advance(1e6);
    heap.bytes += 101;
    metrics.completeStageExecution('e', 'a');
    expect(events.map((event) => event.payload.type)).toEqual([
      'memory_exceeded',
    ]);
  });
});
