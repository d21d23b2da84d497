/** @jest-environment node */
'use strict';

/** What listeners are sent, and when. */

const { EventEmitter } = require('node:events');
const { Feed } = require('../../js/page/feed');
const { Listeners, PATIENCE } = require('../../js/page/listeners');
const { CORE } = require('../../js/recording/direct-recorder');
const { newCollector, runPipeline } = require('../fixtures/collector');
const { planted } = require('../fixtures/planted');

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

  /** Ticks and pages. */
  get updates() {
    return this.count('tick') + this.count('data');
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
  let at = 0;
  const look = (now) => {
    at = now;
    feed.look(now);
  };
  /** Writes the page that was begun, and sends it if it is due. */
  const finish = () => {
    while (work.length > 0) work.shift()();
    look(at);
  };
  /** Looks every so many ms, a page written at once. */
  const go = (from, to, step) => {
    for (let now = from; now < to; now += step) {
      look(now);
      finish();
    }
  };
  const listen = (now, asked = ALL) => {
    const response = new Response();
    listeners.add(response, asked);
    look(now);
    return response;
  };
  return { ...world, look, listeners, listen, finish, go, work };
}

/** The same, with a listener that has its first page. */
function listening() {
  const world = fed();
  const response = world.listen(0);
  world.finish();
  return { ...world, response };
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
    const known = response.updates;
    world.look(now);
    world.finish();
    for (let sent = known; sent < response.updates; sent += 1) times.push(now);
  }
  return times;
}

/** The longest that none came. */
const longestGap = (times) =>
  Math.max(...times.slice(1).map((at, place) => at - times[place]));

describe('a tick', () => {
  it('of steady figures comes as often as 20 events a second allow', () => {
    const world = listening();
    const { response } = world;
    const steady = (from, to) =>
      watch(world, response, { from, to }, (now) => run(world, `run-${now}`));
    // What a new listener is sent at first is more.
    steady(5, 1500);
    const times = steady(1500, 6500);
    const events = times.length / 5;
    expect(events).toBeGreaterThan(16);
    expect(events).toBeLessThan(18);
    expect(longestGap(times)).toBeLessThanOrEqual(60);
    expect(mostInASecond(times)).toBeLessThanOrEqual(20);
    expect(response.last('tick').executions).toBeGreaterThan(980);
  });

  it('comes at once after a pause', () => {
    const world = listening();
    const { response } = world;
    for (let now = 300; now < 3000; now += 300) {
      run(world, `run-${now}`);
      const known = response.updates;
      world.look(now);
      expect(response.updates).toBe(known + 1);
    }
  });

  it('comes soon after another, or after a page, where few came in the last second', () => {
    const world = listening();
    const { response } = world;
    for (let now = 2000; now < 5000; now += 320) {
      for (const at of [now, now + 20]) {
        run(world, `run-${at}`);
        const known = response.updates;
        world.look(at);
        expect(response.updates).toBe(known + 1);
        world.finish();
      }
    }
  });

  it('goes on without a long wait where what follows a pause does not end', () => {
    const world = listening();
    const { response } = world;
    const times = watch(world, response, { from: 3000, to: 6000 }, (now) =>
      run(world, `run-${now}`),
    );
    expect(times[0]).toBe(3000);
    expect(mostInASecond(times)).toBeLessThanOrEqual(20);
    expect(longestGap(times)).toBeLessThanOrEqual(95);
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

  it('goes at once with each of three alerts that follow each other, amid steady figures', () => {
    const world = fed();
    world.metrics.setStageThreshold('slow', { maxDuration: 1 });
    const response = world.listen(0);
    const late = [];
    const times = watch(world, response, { from: 5, to: 10_000 }, (now) => {
      const place = now % 1500;
      const isAlert = place >= 1000 && place < 1060 && place % 20 === 0;
      if (!isAlert) run(world, `run-${now}`);
      else runPipeline(world, `slow-${now}`, [['slow', 90]]);
      if (place >= 1005 && place < 1065 && place % 20 === 5)
        if (!response.text.includes(`"executionId":"slow-${now - 5}"`))
          late.push(now - 5);
    });
    expect(response.text).toContain('"executionId":"slow-1020"');
    expect(late).toEqual([]);
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

  it('is left out where a page shows the same', () => {
    const world = fed();
    const response = world.listen(0);
    const steady = (from, to) =>
      watch(world, response, { from, to }, (now) => run(world, `run-${now}`));
    steady(5, 1500);
    const times = steady(1500, 5000);
    expect(response.count('data')).toBeGreaterThan(1);
    const gaps = times.slice(1).map((at, place) => at - times[place]);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(59);
  });

  it('comes each second although nothing ran', () => {
    const world = fed();
    const response = world.listen(0);
    for (let now = 1; now < 5000; now += 10) world.look(now);
    expect(response.updates).toBe(5);
  });

  it('has the alerts since the one before, and no alert twice', () => {
    const world = fed();
    const response = world.listen(0);
    world.metrics.setStageThreshold('load', { maxDuration: 1 });
    for (let now = 100; now <= 500; now += 100) {
      run(world, `run-${now}`);
      world.look(now);
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
    const read = [];
    const core = new Proxy(newCollector().metrics[CORE], {
      get: (of, key) => {
        read.push(key);
        return of[key];
      },
    });
    const listeners = new Listeners();
    const feed = new Feed(core, listeners, () => {});
    feed.look(0);
    expect(read).toEqual([]);
    listeners.add(new Response(), ALL);
    feed.look(1);
    expect(read).toContain('engine');
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
    expect(slices).toBeGreaterThan(1);
    // As soon as it is written, with what ran meanwhile.
    world.finish();
    expect(response.count('data')).toBe(1);
    expect(response.last('data').now.executions).toBe(400 + slices);
    expect(response.last('data').stages.length).toBeGreaterThanOrEqual(40);
  });

  it('is not written again while nothing ran', () => {
    const world = fed();
    run(world, 'first');
    const response = world.listen(0);
    world.finish();
    world.go(0, 60_000, 500);
    expect(response.count('data')).toBe(1);
    run(world, 'second');
    // Late enough for a page that took long to write.
    world.go(600_000, 601_000, 100);
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
      world.listen(0, { ...ALL, stage: load }),
      world.listen(0, { ...ALL, stage: load }),
    ];
    world.go(0, 5000, 100);
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
    world.go(10, 5000, 100);
    expect(next.last('data').pipeline.runs).toBe(2);
  });

  it('of a stretch of time has what ended in it', () => {
    const world = fed();
    run(world, 'long-ago');
    world.clock.advance(60_000);
    run(world, 'now');
    const response = world.listen(0, { ...ALL, range: 10_000 });
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
      world.look(now);
      world.finish();
    }
    // One more event was on its way when it stopped.
    expect(slow.text.length - before).toBeLessThan(5000);
    expect(slow.isDestroyed).toBe(false);
    world.look(2001 + PATIENCE);
    expect(slow.isDestroyed).toBe(true);
    expect(world.listeners.size).toBe(1);
    expect(quick.updates).toBeGreaterThan(10);
  });

  it('misses no alert: those raised meanwhile come with its next tick', () => {
    const world = fed();
    world.metrics.setStageThreshold('load', { maxDuration: 1 });
    const [slow, quick] = [world.listen(0), world.listen(0)];
    world.finish();
    slow.takes = false;
    for (let now = 1000; now <= 3000; now += 1000) {
      run(world, `run-${now}`);
      world.look(now);
      world.finish();
    }
    slow.takes = true;
    slow.emit('drain');
    // Nothing has happened since.
    world.look(3005);
    const ids = (response) =>
      response.last('tick').alerts.map(({ executionId }) => executionId);
    // The first was in what it had not taken.
    expect(ids(slow)).toEqual(['run-3000', 'run-2000']);
    expect(quick.text).toContain('"executionId":"run-3000"');
  });

  it('gets the page that was written meanwhile once it takes more, though nothing ran since', () => {
    const world = fed();
    const slow = world.listen(0);
    world.finish();
    slow.takes = false;
    world.look(1000);
    run(world, 'last');
    world.go(2000, 4000, 1000);
    slow.takes = true;
    slow.emit('drain');
    world.go(4000, 6000, 1000);
    expect(slow.last('data').pipeline.runs).toBe(1);
  });

  it('learns that the collector was disposed of meanwhile', () => {
    const world = fed();
    const slow = world.listen(0);
    slow.takes = false;
    world.look(1000);
    world.metrics.dispose();
    world.look(2000);
    expect(slow.count('state')).toBe(0);
    slow.takes = true;
    slow.emit('drain');
    world.look(3000);
    expect(slow.last('state').trouble).toContain('disposed');
  });

  it('is sent more once it has taken what there was', () => {
    const world = fed();
    const slow = world.listen(0);
    slow.takes = false;
    world.look(1000);
    slow.takes = true;
    slow.emit('drain');
    const before = slow.count('tick');
    world.look(2000);
    expect(slow.count('tick')).toBe(before + 1);
  });
});

describe('a collector that cannot go on', () => {
  it('is said to be disposed of, once', () => {
    const world = fed();
    const response = world.listen(0);
    world.metrics.dispose();
    for (let now = 1000; now < 5000; now += 1000) world.look(now);
    expect(response.count('state')).toBe(1);
    expect(response.last('state').trouble).toContain('disposed');
  });

  it('is said to have failed, and nothing is thrown', () => {
    const world = listening();
    const { response } = world;
    jest
      .spyOn(world.metrics[CORE].engine, 'urgentCount')
      .mockImplementation(() => {
        throw new Error('inside');
      });
    run(world, 'next');
    for (let now = 2000; now < 3000; now += 5) world.look(now);
    expect(response.count('state')).toBe(1);
    expect(response.last('state').trouble).toContain('internal failure');
    expect(response.text).not.toContain('inside');
  });
});
