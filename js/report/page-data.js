'use strict';

// What the engine writes of a page, with names and words in place of numbers. Runs in browsers, too.

const { adviceFrom } = require('../texts/recommendation-texts');
const { visibleName } = require('../visible-text');

/**
 * What the engine writes of a page. Times since 1970 and durations are in ms.
 *
 * @typedef {object} Change
 * @property {number} index - of the first run of the new level, in the runs examined
 * @property {string | null} executionId
 * @property {number | null} timestamp
 * @property {number} earliest
 * @property {number} latest
 * @property {number} before
 * @property {number} after
 * @property {number} change - 0.2 is 20 % slower
 * @property {number} runsAgo
 * @property {boolean} isLasting - whether it made the stage slower and nothing has undone it
 *
 * @typedef {(number | null)[]} Line
 *
 * @typedef {object} StageRow
 * @property {number} stage
 * @property {number} runs
 * @property {number | null} p50
 * @property {number | null} p95
 * @property {number | null} p99
 * @property {number | null} max
 * @property {number} share - part of the time of all stages that it took itself
 * @property {number} shareWithInner
 * @property {Line} line
 * @property {number | null} threshold
 * @property {number | null} typical
 * @property {Change[]} changes
 * @property {import('../../types/insight').SlownessAttribute[]} causes
 *
 * @typedef {Omit<StageRow, 'stage' | 'share' | 'shareWithInner' | 'line' | 'changes' | 'causes'> & {
 *   failed: number, p50Line: Line, p95Line: Line, failedLine: Line }} WholeRow
 *
 * @typedef {object} ShownAlert
 * @property {number} stage
 * @property {number} at
 * @property {string} type
 * @property {string} severity
 * @property {number} actual
 * @property {number} threshold
 * @property {string | null} executionId
 * @property {number} suppressed
 * @property {number | null} resolvedAt
 *
 * @typedef {object} Now
 * @property {number} at
 * @property {number} executions
 * @property {number} failed
 * @property {number} active
 * @property {number | null} perMinute
 * @property {{ id: string, duration: number, success: boolean } | null} newest
 * @property {number} raised
 * @property {ShownAlert[]} alerts - news
 *
 * @typedef {[stage: number, start: number, duration: number, selfTime: number, depth: number,
 *   success: boolean, errors: number, items: number]} PackedStage
 *
 * @typedef {object} WrittenExecution
 * @property {string} id
 * @property {string} why
 * @property {number} at
 * @property {number} duration
 * @property {boolean} success
 * @property {PackedStage[]} stages
 * @property {number} leftOut
 * @property {[place: number | null, from: number, to: number][]} path
 * @property {[at: number, bytes: number][]} heap
 *
 * @typedef {object} WrittenMap
 * @property {number} low
 * @property {number} high
 * @property {number} rows
 * @property {number} runs
 * @property {(number | null)[][]} columns - of each three numbers a cell: row, runs, place of an id
 *
 * @typedef {object} WrittenAdvice - of what a recommendation is made, with numbers for stages and times
 * @property {number} stage
 * @property {Change | null} change
 * @property {import('../../types/insight').SlownessAttribute | null} cause
 *
 * @typedef {object} WrittenPage
 * @property {number | null} at - null for an exported history, like `now` and `cost`
 * @property {{ kind: 'time' | 'runs', from: number, to: number, columns: number, all: boolean }} axis
 * @property {Now | null} now
 * @property {number} alertCount
 * @property {WholeRow | null} pipeline
 * @property {StageRow[]} stages
 * @property {Record<string, WrittenMap>} maps - by number of the stage
 * @property {string[]} ids
 * @property {WrittenExecution[]} executions
 * @property {WrittenAdvice[]} advice
 * @property {ShownAlert[]} alerts
 * @property {Record<string, string>} names - by number of the stage
 * @property {number} total - the number of whole pipelines
 * @property {{ ratio: number, stageNs: number, lowNs: number, highNs: number, samples: number } | null} cost
 *
 * @typedef {(stage: number) => string} NameOf
 * @typedef {(ms: number) => string} ShowTime
 * @typedef {ReturnType<typeof pageFrom>} PageData
 */

/** What whole pipelines are called on a page. */
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

/**
 * Alerts of a tick that were raised after the first `known`: one may be on a page already.
 *
 * @param {Now} now
 * @param {number} known
 */
const newsOf = (now, known) =>
  now.alerts.slice(0, Math.max(0, now.raised - known));

/** @param {ShownAlert[]} alerts @param {NameOf} nameOf */
const alertsFrom = (alerts, nameOf) =>
  alerts.map((alert) => ({ ...alert, name: nameOf(alert.stage) }));

/**
 * Cells from the left, each column from the bottom.
 *
 * @param {(number | null)[][]} columns
 * @param {string[]} ids
 */
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
    /** @type {import('../texts/recommendation-texts').Found} */ (
      /** @type {unknown} */ (said)
    ),
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
  namer,
  newsOf,
  pageFrom,
};
