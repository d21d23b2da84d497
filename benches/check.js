'use strict';

/** A ratio this much above the committed one fails. */
const TOLERANCE = 1.25;

/** What costs are measured in: it reads clock and heap at every boundary. */
const UNIT = 'minimum';
const NAMES = ['minimal', 'no-heap', 'basic', 'exact', 'detailed', 'verbose'];

/**
 * Costs that are watched, each with the hand-written minimum it is measured in. The calls
 * are timed one by one, which other programs hardly disturb, with hot caches and amid real
 * bodies: code that touches more memory shows in the second alone.
 */
const WATCHED = Object.freeze([
  ...['hot', 'cold'].flatMap((state) =>
    NAMES.map((name) => [`calls/${state}/${name}`, `calls/${state}/${UNIT}`]),
  ),
  ['install/basic', `calls/hot/${UNIT}`],
]);

/**
 * The watched ratios of a run, as far as it measured them: the least over processes, each of
 * medians over calls. Other work only adds, by up to half again between two processes.
 */
function ratiosOf(figures) {
  const ratios = {};
  for (const [id, base] of WATCHED) {
    if (figures[id] === undefined || figures[base] === undefined) continue;
    ratios[id] = figures[id].low / figures[base].low;
  }
  return ratios;
}

/** A ratio that was not measured fails, so that leaving measures out does not open the gate. */
function compare(committed, now) {
  return Object.entries(committed).map(([id, ratio]) => ({
    id,
    committed: ratio,
    now: now[id],
    failed: !(now[id] <= ratio * TOLERANCE),
  }));
}

module.exports = { TOLERANCE, compare, ratiosOf };
