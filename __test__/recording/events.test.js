'use strict';

/** The three events on either shape of bus, and buses and loggers that fail. */

const {
  namedBus,
  newCollector,
  objectBus,
  recordingLogger,
  runPipeline,
  settle,
} = require('../fixtures/collector');
const { traps } = require('../fixtures/throwing');

const ALERT = 'PIPELINE_PERFORMANCE_ALERT';
const ANALYSIS = 'PIPELINE_PERFORMANCE_ANALYSIS';
const AGGREGATED = 'PIPELINE_METRICS_AGGREGATED';

/** Makes one event of each kind. */
function causeAll(world) {
  world.metrics.setStageThreshold('a', { maxDuration: 1 });
  runPipeline(world, 'e', [['a', 5, { itemsProcessed: 2 }]]);
  world.metrics.aggregateMetrics();
}

const expectedPayloads = {
  [ALERT]: { type: 'duration_exceeded', stage: 'a', actual: 5 },
  [ANALYSIS]: {
    executionId: 'e',
    overallRating: expect.any(Number),
    bottlenecks: [{ stageName: 'a', type: 'time_bottleneck' }],
    recommendations: [{ type: 'bottleneck_optimization', stage: 'a' }],
    trends: { trend: 'insufficient_data' },
  },
  [AGGREGATED]: {
    a: {
      count: 1,
      averageDuration: 5,
      medianDuration: 5,
      p95Duration: 5,
      averageThroughput: 400,
      successRate: 1,
    },
  },
};

describe('the three events', () => {
  it.each([
    ['one argument with type and payload', objectBus],
    ['a name and a payload', namedBus],
  ])('reach a bus that takes %s', (_shape, makeBus) => {
    const world = newCollector({ eventBus: makeBus() });
    causeAll(world);
    expect(world.events.map((event) => event.type)).toEqual([
      ALERT,
      ANALYSIS,
      AGGREGATED,
    ]);
    for (const { type, payload } of world.events) {
      expect(payload).toMatchObject(expectedPayloads[type]);
    }
  });

  it('take the object form on a bus whose dispatch names one argument or none', () => {
    const dispatch = jest.fn();
    const world = newCollector({ eventBus: { dispatch } });
    causeAll(world);
    expect(dispatch).toHaveBeenCalledTimes(3);
    for (const args of dispatch.mock.calls) {
      expect(args).toEqual([{ type: args[0].type, payload: args[0].payload }]);
    }
  });

  it('take the form that dispatchStyle names, whatever dispatch looks like', () => {
    const loose = jest.fn();
    const named = newCollector({
      eventBus: { dispatch: loose },
      dispatchStyle: 'name-payload',
    });
    causeAll(named);
    expect(loose.mock.calls[0]).toEqual([ALERT, expect.any(Object)]);

    const seen = [];
    const two = { dispatch: (event, options) => seen.push([event, options]) };
    const object = newCollector({ eventBus: two, dispatchStyle: 'object' });
    causeAll(object);
    expect(seen[0]).toEqual([
      { type: ALERT, payload: expect.any(Object) },
      undefined,
    ]);
  });

  it('keep the bus as the receiver of dispatch', () => {
    const bus = {
      received: 0,
      dispatch(event) {
        if (event) this.received += 1;
      },
    };
    causeAll(newCollector({ eventBus: bus }));
    expect(bus.received).toBe(3);
  });

  it('go by the names that eventNames gives, one or all', () => {
    const all = newCollector({
      eventNames: { alert: 'x:alert', analysis: 'x:run', aggregated: 'x:sum' },
    });
    causeAll(all);
    expect(all.events.map((event) => event.type)).toEqual([
      'x:alert',
      'x:run',
      'x:sum',
    ]);
    const one = newCollector({ eventNames: { analysis: 'core:analysis' } });
    causeAll(one);
    expect(one.events.map((event) => event.type)).toEqual([
      ALERT,
      'core:analysis',
      AGGREGATED,
    ]);
  });
});

describe('a bus that fails', () => {
  const failing = {
    'throws an error': () => {
      throw new Error('bus down');
    },
    'throws no error but a string': () => {
      throw 'bus down';
    },
    'throws undefined': () => {
      throw undefined;
    },
    'throws what cannot be read': () => {
      throw traps('get', 'getPrototypeOf');
    },
    rejects: async () => {
      throw new Error('bus down');
    },
    'rejects with nothing': () => Promise.reject(),
    'answers with a thenable that rejects': () => ({
      then: (_done, failed) => failed(new Error('bus down')),
    }),
    'answers with a thenable that throws': () => ({
      then() {
        throw new Error('bus down');
      },
    }),
  };
  it.each(Object.keys(failing))(
    'and %s changes no result, is counted each time and reported once',
    async (how) => {
      const world = newCollector({ eventBus: { dispatch: failing[how] } });
      const { metrics, logger } = world;
      for (let i = 0; i < 3; i += 1) {
        const execution = runPipeline(world, `e${i}`, [['a', 5]]);
        expect(execution.completed).toBe(true);
      }
      await settle();
      expect(metrics.getPipelineMetrics()).toHaveLength(3);
      expect(metrics.getDiagnostics().listenerErrors).toBe(3);
      expect(logger.error).toHaveBeenCalledTimes(1);
    },
  );

  it('and whose answer cannot even be read is as harmless', async () => {
    const dispatch = () => traps('get', 'getPrototypeOf');
    const world = newCollector({ eventBus: { dispatch } });
    runPipeline(world, 'e', [['a', 5]]);
    await settle();
    expect(world.metrics.getPipelineMetrics()).toHaveLength(1);
    expect(world.metrics.getDiagnostics().listenerErrors).toBe(1);
  });

  it('and never answers holds nothing up', async () => {
    const never = () => new Promise(() => {});
    const world = newCollector({ eventBus: { dispatch: never } });
    for (let i = 0; i < 20; i += 1) runPipeline(world, `e${i}`, [['a', 1]]);
    await settle();
    expect(world.metrics.getPipelineMetrics()).toHaveLength(20);
  });

  it('gets the later events of one completion all the same', () => {
    const seen = [];
    const eventBus = {
      dispatch(event) {
        seen.push(event.payload.type ?? 'analysis');
        throw new Error('bus down');
      },
    };
    const world = newCollector({ eventBus });
    world.metrics.setStageThreshold('a', { maxDuration: 1 });
    const failed = { errorCount: 3 };
    runPipeline(world, 'e', [['a', 5, failed]]);
    expect(seen).toEqual(['duration_exceeded', 'high_error_rate', 'analysis']);
  });
});

describe('a logger that fails', () => {
  const broken = (...methods) => {
    const logger = recordingLogger();
    for (const method of methods) {
      logger[method].mockImplementation(() => {
        throw new Error(`${method} is broken`);
      });
    }
    return logger;
  };

  it('changes no result, is counted, and is reported once through logger.error', () => {
    const logger = broken('debug', 'info', 'warn');
    const world = newCollector({ logger });
    world.metrics.setStageThreshold('a', { maxDuration: 1 });
    for (let i = 0; i < 3; i += 1) {
      expect(runPipeline(world, `e${i}`, [['a', 5]]).completed).toBe(true);
    }
    expect(world.metrics.startStageExecution('unknown', 'a')).toBeNull();
    expect(world.metrics.getStageMetrics('a')).toHaveLength(3);
    // Three alerts and the unknown name at least; debug and info lines are the collector's own affair.
    expect(world.metrics.getDiagnostics().loggerErrors).toBeGreaterThanOrEqual(
      4,
    );
    expect(logger.error).toHaveBeenCalledTimes(1);
  });

  it('is harmless when its error method is broken as well', () => {
    const logger = broken('debug', 'info', 'warn', 'error');
    const eventBus = {
      dispatch() {
        throw new Error('bus down');
      },
    };
    const world = newCollector({ logger, eventBus });
    world.metrics.setStageThreshold('a', { maxDuration: 1 });
    expect(runPipeline(world, 'e', [['a', 5]]).completed).toBe(true);
    expect(world.metrics.completePipelineExecution('e')).toBeUndefined();
    expect(world.metrics.getPipelineMetrics()).toHaveLength(1);
  });

  it('that is asynchronous and rejects leaves no unhandled rejection', async () => {
    const logger = recordingLogger();
    logger.warn.mockImplementation(async () => {
      throw new Error('warn is broken');
    });
    const { metrics } = newCollector({ logger });
    metrics.startStageExecution('unknown', 'a');
    await settle();
    expect(logger.warn).toHaveBeenCalledTimes(1);
  });
});

describe('the log', () => {
  it('has a line for each start and completed stage, and one that informs of the whole', () => {
    const world = newCollector();
    runPipeline(world, 'run-9', [['a', 5]]);
    expect(world.logger.debug).toHaveBeenCalled();
    expect(world.logger.info).toHaveBeenCalledTimes(1);
    expect(world.logger.info.mock.calls[0][0]).toContain('run-9');
    expect(world.logger.warn).not.toHaveBeenCalled();
    expect(world.logger.error).not.toHaveBeenCalled();
  });
});
