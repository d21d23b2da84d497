'use strict';

/** A ratio this much above the committed one fails. */
const TOLERANCE = 1.25;

/**
 * Costs that are watched, each with the hand-written minimum it is measured in: that one
 * takes the same readings of clock and heap, so a machine that is slow at them is slow at both.
 */
const WATCHED = Object.freeze({
  'cost/0/minimal': 'cost/0/minimum-no-heap',
  'cost/0/no-heap': 'cost/0/minimum-no-heap',
  'cost/0/basic': 'cost/0/minimum',
  'cost/0/detailed': 'cost/0/minimum',
  'cost/0/verbose': 'cost/0/minimum',
  'cost/50/basic': 'cost/50/minimum',
  'install/basic': 'cost/0/minimum',
});

/** The watched ratios of a run, as far as it measured them. */
function ratiosOf(figures) {
  const ratios = {};
  for (const [id, minimum] of Object.entries(WATCHED)) {
    if (figures[id] === undefined || figures[minimum] === undefined) continue;
    ratios[id] = figures[id].value / figures[minimum].value;
  }
  return ratios;
}

/** A ratio that was not measured fails, lest the gate open by leaving things out. */
function compare(committed, now) {
  return Object.entries(committed).map(([id, ratio]) => ({
    id,
    committed: ratio,
    now: now[id],
    failed: !(now[id] <= ratio * TOLERANCE),
  }));
}

module.exports = { TOLERANCE, compare, ratiosOf };
