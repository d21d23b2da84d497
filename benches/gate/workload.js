'use strict';

/**
 * One process of the gate's rates: so many executions of a pipeline of three stages that only
 * compute. Writes the history it exports to standard output.
 *
 * @example node benches/gate/workload.js 150 1.1
 */

const {
  PipelinePerformanceMetrics,
  measurePipeline,
  measureStage,
} = require('../..');

const ENTITIES = 120;
const ROUNDS = 10;

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

const entityOf = (i) => ({
  id: `entity-${i}`,
  rank: (i * 7919) % 1013,
  tags: ['a', 'b'],
});
const TEXT = JSON.stringify(
  Array.from({ length: ENTITIES }, (_, i) => entityOf(i)),
);

const parse = () => JSON.parse(TEXT);

function rank(entities) {
  const scored = entities.map(({ id, rank: of }) => ({
    id,
    score: Math.sqrt(of),
  }));
  return scored.sort((left, right) => left.score - right.score);
}

const format = (scored) =>
  scored.map(({ id, score }) => `${id}: ${score.toFixed(3)}`).join('\n').length;

/** Does a stage's work as often as makes it `factor` times as slow. */
function repeated(work, factor, input) {
  let output;
  for (let round = 0; round < ROUNDS * factor; round += 1) output = work(input);
  return output;
}

function main(runs, factor) {
  const metrics = new PipelinePerformanceMetrics({
    logger: quiet,
    eventBus: { dispatch() {} },
  });
  for (let run = 0; run < runs; run += 1) {
    measurePipeline(metrics, null, () => {
      const stage = (name, work, input) =>
        measureStage(metrics, name, null, () => repeated(work, factor, input));
      stage('format', format, stage('rank', rank, stage('parse', parse)));
    });
  }
  process.stdout.write(metrics.exportHistory());
}

main(Number(process.argv[2]), Number(process.argv[3]));
