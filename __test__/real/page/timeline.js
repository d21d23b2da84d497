'use strict';

// When what happened in a pipeline was painted on the page, and where the time went until then.

const { performance } = require('node:perf_hooks');
const { CORE } = require('../../../js/recording/direct-recorder');

const now = () => performance.timeOrigin + performance.now();

/** Runs in the page before its own script: notes when events came, frames, and what was painted. */
function watch() {
  const MOST = 400_000;
  const clock = () => performance.timeOrigin + performance.now();
  // Numbers in rows: what is noted must not count as the page's own memory.
  const log = () => ({ numbers: new Float64Array(MOST), length: 0 });
  const logs = { ticks: log(), pages: log(), frames: log(), counts: log() };
  const alerts = {};
  const note = (name, ...numbers) => {
    const { numbers: all, length } = logs[name];
    if (length + numbers.length > MOST) return;
    all.set(numbers, length);
    logs[name].length += numbers.length;
  };
  window.timeline = {
    alerts,
    take: (name) =>
      Array.from(logs[name].numbers.subarray(0, logs[name].length)),
    clear() {
      for (const of of Object.values(logs)) of.length = 0;
    },
  };
  const listen = EventSource.prototype.addEventListener;
  EventSource.prototype.addEventListener = function (name, on) {
    listen.call(this, name, (event) => {
      const came = clock();
      on(event);
      const took = clock() - came;
      if (name === 'tick')
        note(
          'ticks',
          Number(/"executions":(\d+)/.exec(event.data)[1]),
          came,
          took,
        );
      if (name === 'data') note('pages', came, took);
    });
  };
  const request = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (draw) =>
    request((at) => {
      const begun = clock();
      draw(at);
      note('frames', begun, clock() - begun);
    });
  /** As the next frame begins: the one in which something is drawn is on the screen by then. */
  const painted = (then) => request(then);
  let counted = 0;
  const look = () => {
    const text = document.querySelector('header .count')?.textContent;
    const count = Number(text?.replace(/\D/g, ''));
    if (count > counted) {
      counted = count;
      painted(() => note('counts', count, clock()));
    }
    // Another stage's alert may have come with it, above it.
    for (const { dataset } of document.querySelectorAll('.alerts tbody button'))
      if (dataset.of.startsWith('alert-') && alerts[dataset.of] === undefined) {
        alerts[dataset.of] = null;
        painted(() => (alerts[dataset.of] = clock()));
      }
  };
  document.addEventListener('DOMContentLoaded', () =>
    new MutationObserver(look).observe(document.getElementById('root'), {
      subtree: true,
      childList: true,
      characterData: true,
    }),
  );
}

/** Groups of so many numbers. */
const rows = (numbers, width) =>
  Array.from({ length: numbers.length / width }, (_, i) =>
    numbers.slice(i * width, (i + 1) * width),
  );

/** The first of ascending rows whose place `at` is not below a value. */
function firstFrom(all, at, value) {
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (all[middle][at] < value) low = middle + 1;
    else high = middle;
  }
  return all[low];
}

/** Follows the events of a collector to a page. */
class Timeline {
  #page;
  #made = [];
  #completed = [];
  #alerts = new Map();

  static async of(page, metrics) {
    await page.addInitScript(watch);
    return new Timeline(page, metrics);
  }

  constructor(page, metrics) {
    this.#page = page;
    const { engine } = metrics[CORE];
    const make = engine.pageTick.bind(engine);
    engine.pageTick = (...args) => {
      const begun = now();
      const text = make(...args);
      const [, count] = /"executions":(\d+)/.exec(text);
      this.#made.push([Number(count), begun, now() - begun]);
      return text;
    };
  }

  completed(count) {
    this.#completed.push([count, now()]);
  }

  raised(id) {
    this.#alerts.set(id, now());
  }

  async clear() {
    this.#made.length = 0;
    this.#completed.length = 0;
    this.#alerts.clear();
    await this.#page.evaluate(() => window.timeline.clear());
  }

  async #take(name, width) {
    const numbers = await this.#page.evaluate(
      (of) => window.timeline.take(of),
      name,
    );
    return rows(numbers, width);
  }

  /** From each event, or update, to the first frame that shows it, in ms, by what is shown. */
  async delays() {
    const counts = await this.#take('counts', 2);
    const shown = await this.#page.evaluate(() => window.timeline.alerts);
    const since = (at, painted) =>
      painted === null || painted === undefined ? [] : [painted - at];
    return {
      executions: this.#completed.flatMap(([count, at]) =>
        since(at, firstFrom(counts, 0, count)?.[1]),
      ),
      updates: this.#made.flatMap(([count, begun]) =>
        since(begun, firstFrom(counts, 0, count)?.[1]).filter((ms) => ms > 0),
      ),
      alerts: [...this.#alerts].flatMap(([id, at]) => since(at, shown[id])),
      alertsMissed: [...this.#alerts.keys()].filter((id) => !shown[id]).length,
    };
  }

  /** What the parts of the way took, each as a list of ms. */
  async parts() {
    const ticks = await this.#take('ticks', 3);
    const frames = await this.#take('frames', 2);
    const counts = await this.#take('counts', 2);
    const pages = await this.#take('pages', 2);
    const parts = {
      'waits for its tick': [],
      'tick is made': [],
      'tick comes': [],
      'page reads it': [],
      'waits for the frame': [],
      'page draws': [],
      'browser paints': [],
    };
    for (const [count, at] of this.#completed) {
      const made = firstFrom(this.#made, 0, count);
      const tick = firstFrom(ticks, 0, count);
      const frame = tick && firstFrom(frames, 0, tick[1] + tick[2]);
      const shown = firstFrom(counts, 0, count);
      if (!made || !frame || !shown) continue;
      const steps = [
        made[1] - at,
        made[2],
        tick[1] - made[1] - made[2],
        tick[2],
        frame[0] - tick[1] - tick[2],
        frame[1],
        shown[1] - frame[0] - frame[1],
      ];
      Object.values(parts).forEach((list, place) => list.push(steps[place]));
    }
    return { ...parts, 'whole page is read': pages.map(([, took]) => took) };
  }
}

module.exports = { Timeline };
