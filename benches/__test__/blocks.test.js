/** @jest-environment node */
'use strict';

const { performance } = require('node:perf_hooks');
const { Blocks } = require('../measures/blocks');

/** A candidate of which each pipeline takes 0.01 ms, and whatever disturbs it. */
function blocksOf(disturbance) {
  let now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  const candidate = {
    run() {
      now += 0.01 + disturbance();
    },
  };
  return new Blocks({ candidate, most: 20_000, drain: async () => 0 });
}

afterEach(() => jest.restoreAllMocks());

it('a block is as long as asked for', async () => {
  const blocks = blocksOf(() => 0);
  expect(await blocks.size(2)).toBe(200);
});

it('a disturbance while blocks are sized does not make them shorter', async () => {
  let pipelines = 0;
  const blocks = blocksOf(() => {
    pipelines += 1;
    return pipelines === 25 ? 50 : 0;
  });
  expect(await blocks.size(2)).toBe(200);
});
