'use strict';

// Where readings of the heap come from. What a reading costs depends on the runtime: the heap
// statistics of V8 take less than a microsecond in Node.js and hundreds of them where another
// engine imitates them. It is measured once per process, at the first reading.

const v8 = require('node:v8');

/**
 * @typedef {{ name: string, mostUs: number, read: () => number }} Source
 * @typedef {Source & { costUs: number }} Measured
 */

/** A slower reading is too expensive at every boundary of a stage. */
const MOST_US = 20;
/** A replacement should cost about what the first source costs elsewhere. */
const MOST_US_INSTEAD = 5;
/** The first readings are slow, like all cold code. */
const TRIALS = 25;
/** Stops early if even the shortest of these took many times the allowed cost. */
const LEAST_TRIALS = 3;
const HOPELESS = 5;

// Taken once: tests replace the methods of the shared objects.
const { getHeapStatistics } = v8;
const { memoryUsage } = process;
const { hrtime } = process;

/** In order of cost in Node.js, each with the most that a reading may take, in µs. */
const SOURCES = [
  {
    name: 'v8.getHeapStatistics()',
    mostUs: MOST_US,
    read: () => getHeapStatistics().used_heap_size,
  },
  {
    name: 'process.memoryUsage()',
    mostUs: MOST_US_INSTEAD,
    read: () => memoryUsage().heapUsed,
  },
];

const nowUs = () => Number(hrtime.bigint()) / 1000;

/**
 * The least cost of a reading in µs, as other work only adds; Infinity if it returns no size.
 * @param {Source} source
 * @param {() => number} now
 */
function costOf({ read, mostUs }, now) {
  let least = Infinity;
  for (let i = 0; i < TRIALS; i += 1) {
    if (i >= LEAST_TRIALS && least > HOPELESS * mostUs) break;
    const started = now();
    let bytes;
    try {
      bytes = read();
    } catch {
      return Infinity;
    }
    least = Math.min(least, now() - started);
    if (!(bytes >= 0 && bytes < Infinity)) return Infinity;
  }
  return least;
}

/**
 * Takes the first source that is cheap enough, else none.
 * @param {{ sources?: Source[], now?: () => number }} [given] - `now` in µs
 * @returns {{ name: string | null, read: (() => number) | null, costUs: number, notice: string | null }}
 *   `read` gives bytes and is null where every source is too expensive; `costUs` is what a reading
 *   of the one taken takes, of none of the cheapest; `notice` says what is unusual
 */
function chooseHeapSource({ sources = SOURCES, now = nowUs } = {}) {
  const measured = [];
  for (const source of sources) {
    const costUs = costOf(source, now);
    measured.push({ ...source, costUs });
    if (costUs <= source.mostUs) break;
  }
  const taken = measured.find(isCheap);
  if (taken !== undefined) {
    const { name, read, costUs } = taken;
    const notice =
      measured.length === 1
        ? null
        : `The heap is read from ${name}: ${refused(measured)}`;
    return { name, read, costUs, notice };
  }
  return {
    name: null,
    read: null,
    costUs: Math.min(...measured.map(({ costUs }) => costUs)),
    notice: `The heap is not read in this runtime: ${refused(measured)}. A memorySampler of your own is used whatever it costs`,
  };
}

/** @param {Measured} measured */
const isCheap = ({ costUs, mostUs }) => costUs <= mostUs;

/** @param {Measured[]} measured */
function refused(measured) {
  return measured
    .filter((source) => !isCheap(source))
    .map(({ name, costUs, mostUs }) =>
      costUs === Infinity
        ? `${name} gives no size`
        : `a reading of ${name} takes ${costUs.toFixed(0)} µs, and ${mostUs} are allowed`,
    )
    .join('; ');
}

/** @type {ReturnType<typeof chooseHeapSource> | undefined} */
let chosen;

/** The source of this process, chosen at the first call; an unusual choice is reported once. */
function heapSource() {
  if (chosen === undefined) {
    chosen = chooseHeapSource();
    if (chosen.notice !== null)
      process.emitWarning(chosen.notice, { code: 'PPM_HEAP_SOURCE' });
  }
  return chosen;
}

module.exports = { chooseHeapSource, heapSource };
