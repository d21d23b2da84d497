'use strict';

// Whether all is well, in a sentence. Runs in browsers, too.

const { alertText } = require('./alert-text');
const {
  byHowMuch,
  counted,
  milliseconds,
  percent,
  whole,
} = require('../texts/number-formats');
const { visibleName } = require('../visible-text');

/**
 * @import { Change, PageData, ShowTime } from './page-data'
 * @typedef {Change & { name: string, share: number }} Slowdown
 */

/** Changes named one by one. */
const MOST_NAMED = 2;
/** Runs by which what is known of two stages may differ. */
const SAME_STEP = 32;
/** Share of executions from which failing is worth a sentence. */
const MANY_FAILED = 0.01;
/** Executions below which no change can be seen: 30 on either side. */
const ENOUGH = 60;

/** @param {Pick<PageData, 'stages'>} data @returns lasting slowdowns, the most costly first */
function slowdownsOf({ stages }) {
  const all = stages.flatMap((stage) =>
    stage.changes
      .filter(({ isLasting }) => isLasting)
      .map((change) => ({ ...change, name: stage.name, share: stage.share })),
  );
  const weight = (/** @type {Slowdown} */ { change, share }) =>
    share * (1 - 1 / (1 + change));
  return all.sort((a, b) => weight(b) - weight(a));
}

/** @param {Change} change @param {ShowTime} showTime */
function sinceWhen({ timestamp, executionId, runsAgo }, showTime) {
  if (timestamp === null) return `${counted(runsAgo, 'run')} ago`;
  const id = executionId === null ? '' : ` (${visibleName(executionId)})`;
  return `at ${showTime(timestamp)}${id}`;
}

/** @param {Change} a @param {Change} b @returns whether they may be one, as far as that is known */
function isTogether(a, b) {
  const within = [a, b].map(({ earliest, latest }) => latest - earliest);
  return Math.abs(a.runsAgo - b.runsAgo) <= SAME_STEP + Math.max(...within);
}

/** @param {Slowdown[]} changes @returns groups that began together, the most costly change first */
function groupsOf(changes) {
  /** @type {Slowdown[][]} */
  const groups = [];
  for (const change of changes) {
    const group = groups.find(([first]) => isTogether(first, change));
    if (group === undefined) groups.push([change]);
    else group.push(change);
  }
  return groups;
}

/** @param {number} count */
const moreStages = (count) => counted(count, 'more stage');

/** @param {Slowdown[]} changes @param {ShowTime} showTime */
function slower(changes, showTime) {
  const groups = groupsOf(changes);
  const named = groups.slice(0, MOST_NAMED).map(([first, ...others]) => {
    const when = sinceWhen(first, showTime);
    const text = `${first.name} got ${byHowMuch(first)}slower ${when}`;
    return others.length === 0
      ? text
      : `${text}, and ${moreStages(others.length)} with it`;
  });
  const left = groups.slice(MOST_NAMED).flat().length;
  return [
    ...named,
    ...(left > 0 ? [`${moreStages(left)} at other times`] : []),
  ].join('; ');
}

/** @param {Pick<PageData, 'alerts' | 'alertCount'>} data */
function alertsOf({ alerts, alertCount }) {
  const [newest] = alerts;
  if (newest === undefined) return null;
  const count = Math.max(alertCount, alerts.length);
  const many = count === 1 ? '1 alert' : `${whole(count)} alerts, the newest`;
  return `${many} of ${newest.name} (${alertText(newest)})`;
}

/** @param {PageData} data */
function usual(data) {
  const { pipeline } = data;
  const alerts = alertsOf(data);
  if (alerts !== null) return `No stage got lastingly slower; ${alerts}.`;
  if (!pipeline?.runs) return 'No stage got lastingly slower.';
  const { runs, p50 } = pipeline;
  if (runs < ENOUGH) {
    return `${counted(runs, 'execution')} so far: a change can be seen from ${ENOUGH} on.`;
  }
  return `All is as usual: half of ${whole(runs)} executions took ${milliseconds(p50)} or less.`;
}

/** @param {Pick<PageData, 'now' | 'axis' | 'stages'>} data */
function nothingRan({ now, axis, stages }) {
  if (now === null) return 'The history has no runs.';
  if (stages.some(({ runs }) => runs > 0)) return null;
  const running = now.active > 0 ? `; ${whole(now.active)} running` : '';
  return axis.all || now.executions === 0
    ? `No execution has completed yet${running}.`
    : `No execution ended in this time${running}.`;
}

/**
 * @param {PageData} data
 * @param {ShowTime} showTime
 * @returns {{ text: string, tone: 'worse' | 'well' | 'empty' }}
 */
function sentenceOf(data, showTime) {
  const empty = data.pipeline?.runs ? null : nothingRan(data);
  if (empty !== null) return { text: empty, tone: 'empty' };
  const changes = slowdownsOf(data);
  const { runs = 0, failed = 0 } = data.pipeline ?? {};
  const failing = runs > 0 && failed / runs >= MANY_FAILED;
  const parts = [];
  if (changes.length > 0) parts.push(`${slower(changes, showTime)}.`);
  if (failing)
    parts.push(
      `${percent(failed / runs)} of executions failed (${whole(failed)} of ${whole(runs)}).`,
    );
  if (parts.length === 0) {
    const isAlert = data.alerts[0]?.severity === 'error';
    return { text: usual(data), tone: isAlert ? 'worse' : 'well' };
  }
  parts.push('Everything else is as usual.');
  return { text: parts.join(' '), tone: 'worse' };
}

module.exports = { ENOUGH, groupsOf, sentenceOf, slowdownsOf };
