'use strict';

// The page data that the engine writes, with names and words in place of numbers. Runs in browsers, too.

const { adviceFrom } = require('../texts/recommendation-texts');
const { visibleName } = require('../visible-text');

/**
 * @import { SlownessAttribute } from '../../types/insight'
 * @import { Found as Recommended } from '../texts/recommendation-texts'
 */

/**
 * What the engine writes of a page: times since 1970 and durations in ms, stages by number. Of a
 * change, `index` is that of the first run of the new level in the runs examined, `change` 0.2 if
 * the stage got 20 % slower, `at` its place on an axis of time, and `isLasting` true if it got slower and nothing has undone it.
 * @typedef {{ index: number, executionId: string | null, timestamp: number | null,
 *   at?: number | null, earliest: number, latest: number, before: number, after: number, change: number,
 *   runsAgo: number, isLasting: boolean }} Change
 * @typedef {{ change: number, runs: number }} Trend - of so many runs: how much longer the last quarter
 *   took than the first
 * @typedef {{ changes: Change[], causes: SlownessAttribute[], trend: Trend | null }} Found
 * @typedef {(number | null)[]} Line
 * @typedef {{ runs: number, p50: number | null, p95: number | null, p99: number | null,
 *   max: number | null, threshold: number | null, typical: number | null }} Row
 * @typedef {Row & Found & { stage: number, share: number, shareWithInner: number,
 *   line: Line }} StageRow - `share` is the part of the time of all stages that it took itself
 * @typedef {Row & Found & { failed: number, p50Line: Line, p95Line: Line,
 *   failedLine: Line }} WholeRow - it has no causes; that of a history may lack what failed
 * @typedef {{ stage: number, at: number, type: string, severity: string, actual: number,
 *   threshold: number, executionId: string | null, suppressed: number,
 *   resolvedAt: number | null }} ShownAlert
 * @typedef {{ at: number, executions: number, failed: number, active: number,
 *   perMinute: number | null, newest: { id: string, duration: number, success: boolean } | null,
 *   raised: number, alerts: ShownAlert[] }} Now - with the alerts that are news
 * @typedef {[stage: number, start: number, duration: number, selfTime: number, depth: number,
 *   success: boolean, errors: number, items: number]} PackedStage
 * @typedef {{ id: string, why: string, at: number, duration: number, success: boolean,
 *   stages: PackedStage[], leftOut: number, path: [place: number | null, from: number, to: number][],
 *   heap: [at: number, bytes: number][] }} WrittenExecution
 * @typedef {{ low: number, high: number, rows: number, runs: number,
 *   columns: (number | null)[][] }} WrittenMap - a cell is three numbers: row, runs, place of an id
 * @typedef {{ stage: number, change: Change | null,
 *   cause: SlownessAttribute | null }} WrittenAdvice - what a recommendation is made of
 * @typedef {{ ratio: number, stageNs: number, lowNs: number, highNs: number, samples: number }} Cost
 * @typedef {{ kind: 'time' | 'runs', from: number, to: number, columns: number, all: boolean }} Axis
 * @typedef {{ at: number | null, axis: Axis, now: Now | null, alertCount: number,
 *   pipeline: WholeRow | null, stages: StageRow[], maps: Record<string, WrittenMap>, ids: string[],
 *   executions: WrittenExecution[], advice: WrittenAdvice[], alerts: ShownAlert[],
 *   names: Record<string, string>, total: number, cost: Cost | null }} WrittenPage - without
 *   `at`, `now` and `cost` of an exported history; `total` is the number of whole pipelines
 * @typedef {(stage: number) => string} NameOf
 * @typedef {(ms: number) => string} ShowTime
 * @typedef {ReturnType<typeof pageFrom>} PageData
 */

/** The name of whole pipelines on a page. */
const WHOLE = 'whole pipeline';

/** @param {Pick<WrittenPage, 'names' | 'total'>} page @returns {NameOf} */
function namer({ names, total }) {
  return (stage) => {
    if (stage === total) return WHOLE;
    const name = visibleName(names[stage] ?? `stage ${stage}`);
    return name === '' ? '(no name)' : name;
  };
}

/** @param {WrittenExecution} execution @param {NameOf} nameOf */
function executionFrom(execution, nameOf) {
  const stages = execution.stages.map(
    ([stage, start, duration, selfTime, depth, success, errors, items]) => ({
      stage,
      name: nameOf(stage),
      start,
      duration,
      selfTime,
      depth,
      success,
      errors,
      items,
    }),
  );
  return { ...execution, stages };
}

/** @param {Now} now @param {number} known @returns alerts raised since `known` of them were */
const newsOf = (now, known) =>
  now.alerts.slice(0, Math.max(0, now.raised - known));

/** @param {ShownAlert[]} alerts @param {NameOf} nameOf */
const alertsFrom = (alerts, nameOf) =>
  alerts.map((alert) => ({ ...alert, name: nameOf(alert.stage) }));

/** @param {(number | null)[][]} columns @param {string[]} ids @returns left to right, bottom up */
function cellsOf(columns, ids) {
  const cells = [];
  for (let column = 0; column < columns.length; column += 1) {
    const packed = columns[column];
    for (let at = 0; at < packed.length; at += 3) {
      const place = packed[at + 2];
      const id = place === null ? null : ids[place];
      cells.push({ column, row: packed[at], count: packed[at + 1], id });
    }
  }
  return cells;
}

/** @param {Pick<WrittenPage, 'maps' | 'ids'>} page */
function mapsFrom({ maps, ids }) {
  const entries = Object.entries(maps).map(([stage, map]) => [
    stage,
    { ...map, cells: cellsOf(map.columns, ids) },
  ]);
  return Object.fromEntries(entries);
}

/** @param {WrittenAdvice} found @param {NameOf} nameOf @param {ShowTime} showTime */
function advised(found, nameOf, showTime) {
  const change = found.change && {
    ...found.change,
    timestamp: showTime(found.change.timestamp ?? 0),
  };
  const said = { ...found, stage: nameOf(found.stage), change };
  const advice = adviceFrom(
    /** @type {Recommended} */ (/** @type {unknown} */ (said)),
  );
  const { cause } = found;
  const example = cause?.slow.executionId ?? found.change?.executionId ?? null;
  return { ...advice, number: found.stage, example };
}

/**
 * @param {WrittenPage} page - parsed
 * @param {ShowTime} showTime
 */
function pageFrom(page, showTime) {
  const nameOf = namer(page);
  const named = (/** @type {StageRow} */ row) => ({
    ...row,
    name: nameOf(row.stage),
  });
  return {
    ...page,
    nameOf,
    stages: page.stages.map(named),
    maps: mapsFrom(page),
    executions: page.executions.map((one) => executionFrom(one, nameOf)),
    alerts: alertsFrom(page.alerts, nameOf),
    advice: page.advice.map((found) => advised(found, nameOf, showTime)),
  };
}

module.exports = {
  WHOLE,
  alertsFrom,
  executionFrom,
  newsOf,
  pageFrom,
};
