'use strict';

/** A bus that answers with promises gets one dispatch of a name at a time, and loses no alert. */

const { AsyncLocalStorage } = require('node:async_hooks');
const { measurePipeline, measureStage } = require('../..');
const {
  newCollector,
  runPipeline,
  runStage,
  settle,
  until,
} = require('../fixtures/collector');

const ALERT = 'PIPELINE_PERFORMANCE_ALERT';
const RESOLVED = 'PIPELINE_PERFORMANCE_ALERT_RESOLVED';
const ANALYSIS = 'PIPELINE_PERFORMANCE_ANALYSIS';
const AGGREGATED = 'PIPELINE_METRICS_AGGREGATED';

/** A bus whose dispatches settle when the test says so. */
function heldBus() {
  const events = [];
  const open = [];
  return {
    events,
    open,
    dispatch(type, payload) {
      events.push({ type, payload });
      return new Promise((resolve, reject) => {
        open.push({ resolve, reject });
      });
    },
    named: (type) => events.filter((event) => event.type === type),
    /** Settles what is open, and what that lets out, until nothing is. */
    async release(how = 'resolve') {
      while (open.length > 0) {
        for (const one of open.splice(0)) one[how](new Error('bus down'));
        await settle(1);
      }
    },
  };
}

/** Completes `count` executions, each with one alert of stage `a`. */
function causeAlerts(world, count) {
  world.metrics.setStageThreshold('a', { maxDuration: 1 });
  for (let i = 0; i < count; i += 1) runPipeline(world, `e${i}`, [['a', 5]]);
}

const idsOf = (events) => events.map(({ payload }) => payload.executionId);
const upTo = (count) => Array.from({ length: count }, (_, i) => `e${i}`);

describe('an asynchronous bus', () => {
  it('gets the next alert when the promise of the last has resolved, in order', async () => {
    const world = newCollector({ eventBus: heldBus() });
    causeAlerts(world, 5);
    expect(world.eventBus.named(ALERT)).toHaveLength(1);
    world.eventBus.open.shift().resolve();
    await settle();
    expect(idsOf(world.eventBus.named(ALERT))).toEqual(['e0', 'e1']);
    await world.eventBus.release();
    expect(idsOf(world.eventBus.named(ALERT))).toEqual(upTo(5));
  });

  it('gets an alert at once where all before it have settled', async () => {
    const world = newCollector({ eventBus: heldBus() });
    for (const count of [1, 2, 3]) {
      causeAlerts(world, 1);
      expect(world.eventBus.named(ALERT)).toHaveLength(count);
      await world.eventBus.release();
    }
  });

  it('that rejects gets the next all the same, and each rejection is counted', async () => {
    const world = newCollector({ eventBus: heldBus() });
    causeAlerts(world, 3);
    await world.eventBus.release('reject');
    expect(idsOf(world.eventBus.named(ALERT))).toEqual(upTo(3));
    const dispatched = world.events.length;
    expect(world.metrics.getDiagnostics().listenerErrors).toBe(dispatched);
  });

  it('that a getter does not hand out has what waits counted, and gets events again after', async () => {
    const eventBus = heldBus();
    const world = newCollector({ eventBus });
    causeAlerts(world, 3);
    Object.defineProperty(world.metrics, 'eventBus', {
      configurable: true,
      get() {
        throw new Error('the bus is gone');
      },
    });
    await eventBus.release();
    // Rejects nothing into the process, which this fails at.
    await settle();
    expect(world.metrics.getDiagnostics().listenerErrors).toBeGreaterThan(1);
    Object.defineProperty(world.metrics, 'eventBus', { value: eventBus });
    causeAlerts(world, 1);
    expect(idsOf(eventBus.named(ALERT))).toEqual(['e0', 'e0']);
  });

  it('gets an alert and its end in the order in which they were', async () => {
    const world = newCollector({
      eventBus: heldBus(),
      config: { alertResolved: true },
    });
    world.metrics.setStageThreshold('a', { maxDuration: 1 });
    for (let i = 0; i < 3; i += 1) {
      runPipeline(world, `slow${i}`, [['a', 5]]);
      runPipeline(world, `fast${i}`, [['a', 0.5]]);
    }
    await world.eventBus.release();
    const kinds = world.events
      .map((event) => event.type)
      .filter((type) => type !== ANALYSIS);
    const [alert, over] = [ALERT, RESOLVED];
    expect(kinds).toEqual([alert, over, alert, over, alert, over]);
  });

  it('holds up no event of another name', () => {
    const world = newCollector({ eventBus: heldBus() });
    causeAlerts(world, 1);
    world.metrics.aggregateMetrics();
    expect(world.events.map((event) => event.type)).toEqual([
      ALERT,
      ANALYSIS,
      AGGREGATED,
    ]);
  });

  it('gets the analysis of each execution completed directly', async () => {
    const world = newCollector({ eventBus: heldBus() });
    causeAlerts(world, 30);
    await world.eventBus.release();
    expect(idsOf(world.eventBus.named(ANALYSIS))).toEqual(upTo(30));
  });

  it('gets of aggregates that waited the latest alone', async () => {
    const world = newCollector({ eventBus: heldBus() });
    for (let i = 0; i < 4; i += 1) {
      runPipeline(world, `e${i}`, [['a', 5]]);
      world.metrics.aggregateMetrics();
    }
    await world.eventBus.release();
    const counts = world.eventBus
      .named(AGGREGATED)
      .map(({ payload }) => payload.a.count);
    expect(counts).toEqual([1, 4]);
  });

  it('that never answers has 1,000 alerts wait; the others are counted', () => {
    const world = newCollector({ eventBus: heldBus() });
    causeAlerts(world, 1101);
    expect(world.eventBus.named(ALERT)).toHaveLength(1);
    expect(world.metrics.getDiagnostics().droppedAlerts).toBe(100);
  });

  it('that never answered gets, beyond 1,000 analyses, one that says how many it covers', async () => {
    const world = newCollector({ eventBus: heldBus() });
    for (let i = 0; i < 1101; i += 1) runPipeline(world, `e${i}`, []);
    await world.eventBus.release();
    const analyses = world.eventBus.named(ANALYSIS);
    expect(analyses).toHaveLength(1001);
    expect(analyses.at(-1).payload).toMatchObject({
      executionId: 'e1100',
      executions: 101,
    });
    expect(analyses.at(-2).payload).not.toHaveProperty('executions');
  });

  it('gets nothing that waited once the collector is disposed of', async () => {
    const world = newCollector({ eventBus: heldBus() });
    causeAlerts(world, 5);
    const before = world.events.length;
    world.metrics.dispose();
    await world.eventBus.release();
    expect(world.events).toHaveLength(before);
    expect(world.metrics.getDiagnostics().droppedAlerts).toBe(0);
  });

  it('has two collectors that share it take turns', async () => {
    const eventBus = heldBus();
    const worlds = [newCollector({ eventBus }), newCollector({ eventBus })];
    for (const world of worlds) causeAlerts(world, 3);
    expect(eventBus.named(ALERT)).toHaveLength(1);
    worlds[0].metrics.dispose();
    await eventBus.release();
    // One of the first collector had gone out; those of the second are all there.
    expect(eventBus.named(ALERT)).toHaveLength(4);
  });

  it('put in place of one that never answers gets what waited', async () => {
    const world = newCollector({ eventBus: heldBus() });
    causeAlerts(world, 3);
    const seen = [];
    world.metrics.eventBus = {
      dispatch: (type, payload) => {
        seen.push([type, payload.executionId]);
      },
    };
    runPipeline(world, 'late', [['a', 5]]);
    const alerts = seen.filter(([type]) => type === ALERT);
    expect(alerts.map(([, id]) => id)).toEqual(['e1', 'e2', 'late']);
  });

  it.each([[null], ['a text']])(
    'replaced by %p while alerts wait leaves no unhandled rejection; each is counted',
    async (nothing) => {
      const world = newCollector({ eventBus: heldBus() });
      causeAlerts(world, 4);
      world.metrics.eventBus = nothing;
      await world.eventBus.release();
      // Three alerts and three analyses.
      expect(world.metrics.getDiagnostics().listenerErrors).toBe(6);
    },
  );

  it('is called for what waited in the context of no execution', async () => {
    const storage = new AsyncLocalStorage();
    const contexts = [];
    const bus = heldBus();
    const eventBus = {
      dispatch(type, payload) {
        if (type === ALERT) contexts.push(storage.getStore());
        return bus.dispatch(type, payload);
      },
    };
    const world = newCollector({ eventBus });
    storage.run('an execution', () => causeAlerts(world, 3));
    await bus.release();
    expect(contexts).toEqual(['an execution', undefined, undefined]);
  });

  it('takes two kinds of events under one name, and merges none of them', async () => {
    const name = 'core:performance';
    const world = newCollector({
      eventBus: heldBus(),
      eventNames: { analysis: name, aggregated: name },
    });
    for (let i = 0; i < 3; i += 1) {
      runPipeline(world, `e${i}`, [['a', 5]]);
      world.metrics.aggregateMetrics();
    }
    await world.eventBus.release();
    expect(world.eventBus.named(name)).toHaveLength(6);
  });
});

describe('a bus that drops the eleventh dispatch of a name in flight', () => {
  function busOfTen() {
    const inFlight = new Map();
    const seen = [];
    return {
      seen,
      dropped: 0,
      async dispatch(type, payload) {
        const running = inFlight.get(type) ?? 0;
        if (running >= 10) {
          this.dropped += 1;
          return true;
        }
        inFlight.set(type, running + 1);
        await settle(1);
        inFlight.set(type, inFlight.get(type) - 1);
        seen.push([type, payload]);
        return true;
      },
    };
  }

  it('loses no alert of 20 concurrent pipelines of 30 executions each', async () => {
    const eventBus = busOfTen();
    const world = newCollector({ eventBus });
    const { metrics, clock } = world;
    metrics.setStageThreshold('a', { maxDuration: 1 });
    const one = () =>
      measurePipeline(metrics, null, () =>
        measureStage(metrics, 'a', null, async () => {
          await null;
          clock.advance(5);
        }),
      );
    const pipeline = async () => {
      for (let i = 0; i < 30; i += 1) await one();
    };
    await Promise.all(Array.from({ length: 20 }, pipeline));
    const alerts = () => eventBus.seen.filter(([type]) => type === ALERT);
    await until(() => alerts().length === 600);
    expect(alerts()).toHaveLength(600);
    expect(eventBus.dropped).toBe(0);
    expect(metrics.getDiagnostics().droppedAlerts).toBe(0);
  });

  it('loses none of 20 collectors that share it', async () => {
    const eventBus = busOfTen();
    const worlds = Array.from({ length: 20 }, () => newCollector({ eventBus }));
    for (const world of worlds) causeAlerts(world, 30);
    const alerts = () => eventBus.seen.filter(([type]) => type === ALERT);
    await until(() => alerts().length === 600);
    expect(alerts()).toHaveLength(600);
    expect(eventBus.dropped).toBe(0);
  });
});

describe('a synchronous bus', () => {
  it('gets an event that a listener causes before the completing call returns', () => {
    const order = [];
    const eventBus = {
      dispatch({ type, payload }) {
        if (type !== ALERT) return;
        order.push(`alert of ${payload.executionId}`);
        if (payload.executionId !== 'outer') return;
        world.metrics.startPipelineExecution('inner');
        runStage(world, 'inner', 'a', 5);
        order.push('inner completed');
      },
    };
    const world = newCollector({ eventBus });
    world.metrics.setStageThreshold('a', { maxDuration: 1 });
    runPipeline(world, 'outer', [['a', 5]]);
    expect(order).toEqual([
      'alert of outer',
      'alert of inner',
      'inner completed',
    ]);
  });
});
