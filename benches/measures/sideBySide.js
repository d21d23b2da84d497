'use strict';

const { candidateNamed } = require('../candidates');
const { bareOf, partsOf } = require('../readings');
const {
  bootstrap,
  bootstrapEach,
  costOf,
  mean,
  median,
  shuffled,
  spread,
} = require('../statistics');

const sum = (values) => values.reduce((total, value) => total + value, 0);

const percentOf = (cost, bare) =>
  Object.fromEntries(
    Object.entries(cost).map(([key, value]) => [key, (value / bare) * 100]),
  );

/** The figures that each candidate has whatever the bodies; `plain` ones have no interval. */
function commonFigures(id, { cost, bare, restless, plain, ownMeasured }) {
  const figures = {
    [`cost/${id}`]: { ...cost, unit: 'µs' },
    [`overhead/${id}`]: { ...percentOf(cost, bare), unit: '%' },
    [`bare/${id}`]: { value: bare, unit: 'µs' },
    [`spread/${id}`]: { value: median(restless) * 100, unit: '%' },
    [`own/measured/${id}`]: { value: ownMeasured, unit: 'µs' },
  };
  for (const [kind, [value, unit]] of Object.entries(plain)) {
    figures[`${kind}/${id}`] = { value, unit };
  }
  return figures;
}

/** Figures of one candidate with empty bodies, from all of its processes. */
function figuresOfEmpty(name, groups, random) {
  const samples = groups.flatMap((group) => group.samples);
  const between = groups.map((group) => ({ ...group, garbage: 0 }));
  const reported = groups.flatMap(({ own }) => own);
  const id = `0/${name}`;
  const figures = commonFigures(id, {
    cost: bootstrap(groups, costOf, random),
    bare: median(samples.map(({ bare }) => bare)),
    restless: groups.map((group) =>
      spread(group.samples.map(({ bare }) => bare)),
    ),
    plain: {
      best: [Math.min(...samples.map(({ difference }) => difference)), 'µs'],
      garbage: [mean(groups.map(({ garbage }) => garbage)), 'µs'],
      collected: [mean(groups.map(({ collected }) => collected)) * 100, '%'],
      disturbed: [mean(groups.map(({ disturbed }) => disturbed)) * 100, '%'],
    },
    ownMeasured: costOf(between),
  });
  if (reported.length > 0)
    figures[`own/${id}`] = { value: median(reported), unit: 'µs' };
  return figures;
}

/**
 * Figures of one candidate with real bodies of `us` µs, from all of its processes.
 *
 * @param {number} garbage - µs a pipeline that its collections take with empty bodies: real
 *   ones make so much garbage of their own that a difference would be all noise
 */
function figuresInSitu(us, name, groups, garbage, random) {
  const id = `${us}/${name}`;
  const parts = (drawn) => partsOf(drawn, garbage);
  const { calls, bodies, own, cost } = bootstrapEach(groups, parts, random);
  const bare = bareOf(groups.flatMap(({ samples }) => samples));
  return {
    ...commonFigures(id, {
      cost,
      bare,
      // By the differences, as one stretch is not as much work as another.
      restless: groups.map(({ samples }) =>
        spread(samples.map((sample) => bare + sum(sample.bodies))),
      ),
      plain: {},
      ownMeasured: own.value,
    }),
    [`calls/${id}`]: { ...calls, unit: 'µs' },
    [`bodies/${id}`]: { ...bodies, unit: 'µs' },
  };
}

/** How one candidate is measured with bodies of a length: in how many processes, by what. */
function cellOf(effort, sizes, us, name) {
  const { warmUp, empty, inSitu } = effort;
  const cell = { us, name, groups: [] };
  if (us === 0) {
    const args = { name, warmUp, ...empty };
    return { ...cell, rounds: effort.rounds, task: 'blocks/timeBlocks', args };
  }
  const { rounds, budgetMs } = inSitu.names.includes(name)
    ? inSitu.closely
    : inSitu.others;
  const args = { name, warmUp, us, counts: sizes[us], budgetMs: budgetMs[us] };
  return { ...cell, rounds, task: 'inSitu/timeRuns', args };
}

/** Every candidate against the bare loop, for each length of the bodies. */
async function run({ effort, names, sizes, runTask, random, progress }) {
  const cells = effort.bodies.flatMap((us) =>
    names.atLength(us).map((name) => cellOf(effort, sizes, us, name)),
  );
  const rounds = Math.max(0, ...cells.map((cell) => cell.rounds));
  for (let round = 1; round <= rounds; round += 1) {
    const due = cells.filter((cell) => round <= cell.rounds);
    for (const { us, name, groups, task, args } of shuffled(due, random)) {
      progress(
        `round ${round} of ${rounds}: ${name}, ${us === 0 ? 'empty' : `${us} µs`}`,
      );
      groups.push(await runTask(task, args));
    }
  }
  return figuresOfAll(cells, random);
}

function figuresOfAll(cells, random) {
  const figures = {};
  for (const { us, name, groups } of [...cells].sort((a, b) => a.us - b.us)) {
    const found =
      us === 0
        ? figuresOfEmpty(name, groups, random)
        : figuresInSitu(us, name, groups, garbageOf(name, figures), random);
    Object.assign(figures, found);
  }
  return figures;
}

/** What a candidate's collections cost with empty bodies, or those of the one it is like. */
function garbageOf(name, figures) {
  const { garbageOf: like = name } = candidateNamed(name);
  return like === null ? 0 : figures[`garbage/0/${like}`].value;
}

module.exports = {
  figuresInSitu,
  run,
  tasks: { calibrate: (args) => require('../work').calibrate(args) },
};
