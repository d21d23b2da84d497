'use strict';

const NAME = 'wired';

/** The package's self-reported cost amid real bodies; the true one is measured side by side. */
async function run({ effort, sizes, runTask, progress }) {
  const figures = {};
  for (const us of effort.own) {
    progress(`own cost, ${us} µs`);
    const { warmUp } = effort;
    const args = { name: NAME, us, counts: sizes[us], warmUp };
    const value = await runTask('inSitu/askOwnCost', args);
    figures[`own/${us}/${NAME}`] = { value, unit: 'µs' };
  }
  return figures;
}

module.exports = { run };
