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

const ALL = { range: null, stage: null };

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

describe('a tick', () => {
  it('comes at once where something ran, and at most 20 times a second', () => {
    const world = fed();
    const response = world.listen(0);
    world.finish();
    expect(response.count('tick')).toBe(1);
    for (let now = 1; now <= 1000; now += 1) {
      if (now % 5 === 0) run(world, `run-${now}`);
      world.feed.look(now);
    }
    expect(response.count('tick')).toBe(21);
    expect(response.last('tick')).toMatchObject({
      executions: 200,
      newest: { id: 'run-1000' },
    });
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
