'use strict';

const v8 = require('node:v8');
const { performance } = require('node:perf_hooks');

/** Four buckets to each power of two of a duration in ms: within 19 % of the value. */
const BUCKETS = 1 << 13;
const PIPELINE = 4;

/**
 * The least that could answer how long stages take and what they allocate: a clock and a heap
 * reading at each of the ten boundaries (or at five of them, each shared by the boundary that
 * follows), one histogram a stage, sums of heap growth, no single execution stored, nothing
 * allocated except by the readings.
 */
function createMinimum(readings) {
  const readsHeap = readings !== 'none';
  const shares = readings === 'shared';
  const starts = new Float64Array(5);
  const heaps = new Float64Array(5);
  const grown = new Float64Array(5);
  const counts = Array.from({ length: 5 }, () => new Uint32Array(BUCKETS));
  const bits = new Float64Array(1);
  const words = new Uint32Array(bits.buffer);
  let latest = 0;

  function heap() {
    latest = v8.getHeapStatistics().used_heap_size;
    return latest;
  }

  function start(span) {
    if (readsHeap) heaps[span] = shares && span !== PIPELINE ? latest : heap();
    starts[span] = performance.now();
  }

  function complete(span) {
    bits[0] = performance.now() - starts[span];
    // Exponent and two bits of the mantissa of a number that is not negative.
    counts[span][words[1] >>> 18] += 1;
    if (readsHeap)
      grown[span] +=
        (shares && span === PIPELINE ? latest : heap()) - heaps[span];
  }

  return {
    startPipeline() {
      start(PIPELINE);
    },
    startStage(pipeline, stage) {
      start(stage);
    },
    completeStage(pipeline, stage) {
      complete(stage);
    },
    completePipeline() {
      complete(PIPELINE);
    },
  };
}

module.exports = [
  {
    name: 'minimum',
    label: 'hand-written minimum',
    captures: 'time, heap',
    ours: false,
    create: () => createMinimum('all'),
  },
  {
    name: 'minimum-shared',
    label: 'hand-written minimum, shared',
    captures: 'time, heap at five',
    ours: false,
    create: () => createMinimum('shared'),
  },
  {
    name: 'minimum-no-heap',
    label: 'hand-written minimum, no heap',
    captures: 'time',
    ours: false,
    create: () => createMinimum('none'),
  },
  // The result for this one is the error of the comparison amid real bodies.
  {
    name: 'nothing',
    label: 'nothing at all, as a check',
    captures: 'nothing',
    ours: false,
    bodies: [50, 125, 250, 1000],
    garbageOf: null,
    create: () => ({
      startPipeline() {},
      startStage() {},
      completeStage() {},
      completePipeline() {},
    }),
  },
];
