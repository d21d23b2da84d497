/** @jest-environment node */
'use strict';

/** What listeners are sent, and when. */

const { EventEmitter } = require('node:events');
const { Feed } = require('../../js/page/feed');
const { Listeners, PATIENCE } = require('../../js/page/listeners');
const { CORE } = require('../../js/recording/direct-recorder');
const {
  disposeAll,
  newCollector,
  runPipeline,
} = require('../fixtures/collector');
const { planted } = require('../fixtures/planted');

afterEach(disposeAll);

/** A response that remembers what it was sent; `takes` says whether it has room for more. */
class Response extends EventEmitter {
  takes = true;
  text = '';
  isDestroyed = false;

  writeHead() {}

  write(text) {
    this.text += text;
    return this.takes;
  }

  destroy() {
    this.isDestroyed = true;
    this.emit('close');
  }

  end() {
    this.emit('close');
  }

  count(name) {
    return this.text.split(`event: ${name}\n`).length - 1;
  }

  last(name) {
    const found = [
      ...this.text.matchAll(new RegExp(`event: ${name}\ndata: (.*)\n`, 'g')),
    ];
    return JSON.parse(found.at(-1)[1]);
  }
}

const ALL = { range: null, from: null, to: null, stage: null };

function fed(world = newCollector()) {
  const work = [];
  const listeners = new Listeners();
  const feed = new Feed(world.metrics[CORE], listeners, (slice) =>
    work.push(slice),
  );
  const finish = () => {
    while (work.length > 0) work.shift()();
  };
  const listen = (now, asked = ALL) => {
    const response = new Response();
    feed.greet(listeners.add(response, asked), now);
    return response;
  };
  return { ...world, feed, listeners, listen, finish, work };
}

const run = (world, id) => runPipeline(world, id, [['load', 4]]);

/** The most events of any second, pages included. */
function mostInASecond(times) {
  return Math.max(
    ...times.map(
      (from) => times.filter((at) => at >= from && at < from + 1000).length,
    ),
  );
}

/** Looks every 5 ms for so long; `before` runs before each look. When each event came. */
function watch(world, response, { from, to }, before) {
  const times = [];
  for (let now = from; now < to; now += 5) {
    before(now);
    const count = () => response.count('tick') + response.count('data');
    const known = count();
    world.feed.look(now);
    world.finish();
    for (let sent = known; sent < count(); sent += 1) times.push(now);
  }
  return times;
}

/** The longest that none came. */
const longestGap = (times) =>
  Math.max(...times.slice(1).map((at, place) => at - times[place]));

describe('a tick', () => {
  it('of steady figures comes some 15 times a second', () => {
    const world = fed();
    const response = world.listen(0);
    world.finish();
    const times = watch(world, response, { from: 5, to: 5000 }, (now) =>
      run(world, `run-${now}`),
    );
    const ticks = response.count('tick') / 5;
    expect(ticks).toBeGreaterThan(15);
    expect(ticks).toBeLessThan(16);
    expect(longestGap(times)).toBeLessThanOrEqual(65);
    expect(response.last('tick').executions).toBeGreaterThan(980);
  });

  it('comes at once after a pause', () => {
    const world = fed();
    const response = world.listen(0);
    world.finish();
    for (let now = 300; now < 3000; now += 300) {
      run(world, `run-${now}`);
      const known = response.count('tick');
      world.feed.look(now);
      expect(response.count('tick')).toBe(known + 1);
    }
  });

  it.each([
    ['an alert', (world, id) => runPipeline(world, id, [['slow', 90]])],
    [
      'a failure',
      (world, id) => runPipeline(world, id, [['load', 4]], { success: false }),
    ],
  ])('with %s goes at once amid steady figures', (_, happen) => {
    const world = fed();
    world.metrics.setStageThreshold('slow', { maxDuration: 1 });
    const response = world.listen(0);
    world.finish();
    let seen = 0;
    const times = watch(world, response, { from: 5, to: 10_000 }, (now) => {
      if (now % 335 !== 0) run(world, `run-${now}`);
      else happen(world, `urgent-${now}`);
      // What happened at the look before was sent with it.
      if (now % 335 !== 5 || now < 335) return;
      expect(response.last('tick').newest.id).toBe(`urgent-${now - 5}`);
      seen += 1;
    });
    expect(seen).toBeGreaterThan(25);
    expect(mostInASecond(times)).toBeLessThanOrEqual(20);
  });

  it('comes at most 20 times in any second, pages included, whatever happens, and goes on coming', () => {
    const world = fed();
    world.metrics.setStageThreshold('slow', { maxDuration: 1 });
    const response = world.listen(0);
    const times = watch(world, response, { from: 0, to: 6000 }, (now) =>
      runPipeline(world, `run-${now}`, [
        now % 100 < 50 ? ['slow', 90, { success: false }] : ['load', 4],
      ]),
    );
    expect(mostInASecond(times)).toBeLessThanOrEqual(20);
    expect(mostInASecond(times)).toBeGreaterThan(14);
    expect(longestGap(times)).toBeLessThanOrEqual(120);
    expect(response.count('data')).toBeGreaterThan(3);
  });

  it('comes each second although nothing ran', () => {
    const world = fed();
    const response = world.listen(0);
    for (let now = 1; now < 5000; now += 10) world.feed.look(now);
    expect(response.count('tick')).toBe(5);
  });

  it('has the alerts since the one before, and no alert twice', () => {
    const world = fed();
    const response = world.listen(0);
    world.metrics.setStageThreshold('load', { maxDuration: 1 });
    for (let now = 100; now <= 500; now += 100) {
      run(world, `run-${now}`);
      world.feed.look(now);
    }
    const alerts = [
      ...response.text.matchAll(/event: tick\ndata: (.*)\n/g),
    ].flatMap(([, json]) => JSON.parse(json).alerts);
    expect(alerts.map(({ executionId }) => executionId)).toEqual([
      'run-100',
      'run-200',
      'run-300',
      'run-400',
      'run-500',
    ]);
  });

  it('costs nothing without a listener', () => {
    const world = fed();
    const { engine } = world.metrics[CORE];
    const asked = jest.spyOn(engine, 'version');
    world.feed.look(0);
    expect(asked).not.toHaveBeenCalled();
  });
});

describe('a page', () => {
  it('is written in slices, between which the pipeline runs', () => {
    const world = fed(
      planted(400, () =>
        Array.from({ length: 40 }, (_, i) => [`stage-${i}`, 1]),
      ),
    );
    const response = world.listen(0);
    let slices = 0;
    while (world.work.length > 0) {
      run(world, `between-${slices}`);
      world.work.shift()();
      slices += 1;
    }
    expect(slices).toBeGreaterThan(0);
    expect(response.count('data')).toBe(1);
    expect(response.last('data').stages.length).toBeGreaterThanOrEqual(40);
  });

  it('is not written again while nothing ran', () => {
    const world = fed();
    run(world, 'first');
    const response = world.listen(0);
    world.finish();
    for (let now = 0; now < 60_000; now += 500) {
      world.feed.look(now);
      world.finish();
    }
    expect(response.count('data')).toBe(1);
    run(world, 'second');
    world.feed.look(60_000);
    world.finish();
    expect(response.count('data')).toBe(2);
    expect(response.last('data').pipeline.runs).toBe(2);
  });

  it('is of what a listener asked for, and the same for those that asked alike', () => {
    const world = fed(
      planted(20, () => [
        ['load', 1],
        ['store', 1],
      ]),
    );
    const load = world.metrics[CORE].stages.find('load');
    const whole = world.listen(0);
    const [one, other] = [
      world.listen(0, { range: null, stage: load }),
      world.listen(0, { range: null, stage: load }),
    ];
    for (let now = 0; now < 5000; now += 100) {
      world.feed.look(now);
      world.finish();
    }
    expect(Object.keys(whole.last('data').maps)).toEqual(['0']);
    expect(Object.keys(one.last('data').maps)).toEqual([String(load)]);
    expect(other.last('data')).toEqual(one.last('data'));
  });

  it('that was written a moment ago is what the next listener gets', () => {
    const world = fed();
    run(world, 'first');
    world.listen(0);
    world.finish();
    run(world, 'second');
    const next = world.listen(10);
    expect(world.work).toEqual([]);
    expect(next.last('data').pipeline.runs).toBe(1);
    for (let now = 10; now < 5000; now += 100) {
      world.feed.look(now);
      world.finish();
    }
    expect(next.last('data').pipeline.runs).toBe(2);
  });

  it('of a stretch of time has what ended in it', () => {
    const world = fed();
    run(world, 'long-ago');
    world.clock.advance(60_000);
    run(world, 'now');
    const response = world.listen(0, { range: 10_000, stage: null });
    world.finish();
    expect(response.last('data').pipeline.runs).toBe(1);
    expect(response.last('data').now.executions).toBe(2);
  });

  it('from one time to another has what ended between them, alerts included', () => {
    const world = fed();
    world.metrics.setStageThreshold('load', { maxDuration: 1 });
    const ends = [];
    for (const id of ['before', 'first', 'last', 'after']) {
      world.clock.advance(60_000);
      run(world, id);
      ends.push(world.metrics[CORE].wallNow());
    }
    const response = world.listen(0, {
      ...ALL,
      from: ends[1] - 1000,
      to: ends[2] + 1000,
    });
    world.finish();
    const { pipeline, axis, alerts, alertCount } = response.last('data');
    expect(pipeline.runs).toBe(2);
    expect(axis).toMatchObject({
      from: ends[1] - 1000,
      to: ends[2] + 1000,
      all: false,
    });
    expect(alertCount).toBe(2);
    expect(alerts.map(({ executionId }) => executionId)).toEqual([
      'last',
      'first',
    ]);
  });
});

describe('a listener that takes nothing', () => {
  it('is sent nothing more, and goes after a while; the others are served', () => {
    const world = fed();
    const [slow, quick] = [world.listen(0), world.listen(0)];
    world.finish();
    slow.takes = false;
    const before = slow.text.length;
    for (let now = 1000; now <= 1000 + PATIENCE; now += 1000) {
      run(world, `run-${now}`);
      world.feed.look(now);
      world.finish();
    }
    // One more event was on its way when it stopped.
    expect(slow.text.length - before).toBeLessThan(5000);
    expect(slow.isDestroyed).toBe(false);
    world.feed.look(2001 + PATIENCE);
    expect(slow.isDestroyed).toBe(true);
    expect(world.listeners.size).toBe(1);
    expect(quick.count('tick')).toBeGreaterThan(10);
  });

  it('is sent more once it has taken what there was', () => {
    const world = fed();
    const slow = world.listen(0);
    slow.takes = false;
    world.feed.look(1000);
    slow.takes = true;
    slow.emit('drain');
    const before = slow.count('tick');
    world.feed.look(2000);
    expect(slow.count('tick')).toBe(before + 1);
  });
});

describe('a collector that cannot go on', () => {
  it('is said to be disposed of, once', () => {
    const world = fed();
    const response = world.listen(0);
    world.metrics.dispose();
    for (let now = 1000; now < 5000; now += 1000) world.feed.look(now);
    expect(response.count('state')).toBe(1);
    expect(response.last('state').trouble).toContain('disposed');
  });

  it('is said to have failed, and nothing is thrown', () => {
    const world = fed();
    const response = world.listen(0);
    world.finish();
    jest
      .spyOn(world.metrics[CORE].engine, 'pageTick')
      .mockImplementation(() => {
        throw new Error('inside');
      });
    run(world, 'next');
    world.feed.look(2000);
    expect(response.last('state').trouble).toContain('internal failure');
    expect(response.text).not.toContain('inside');
  });
});
