'use strict';

// The state of the pipeline in a sentence. Runs in browsers, too.

const { alertText } = require('./alert-text');
const { ENOUGH, TOO_FEW } = require('../texts/few-runs');
const {
  byHowMuch,
  counted,
  milliseconds,
  percent,
  whole,
} = require('../texts/number-formats');
const { visibleName } = require('../visible-text');

/**
 * @import { Change, PageData, ShowTime, Trend } from './page-data'
 * @typedef {{ name: string, share: number, changes: Change[], trend: Trend | null }} Judged
 * @typedef {Change & { name: string, share: number }} NamedChange
 * @typedef {Trend & { name: string, share: number }} NamedTrend
 * @typedef {{ text: string, tone: 'worse' | 'well' | 'empty' }} Sentence
 */

/** Most changes named one by one. */
const MOST_NAMED = 2;
/** The difference in runs that two stages may have. */
const SAME_STEP = 32;
const NONE_SLOWER = 'No stage got lastingly slower.';
/** Share of failed executions from which they get a sentence. */
const MANY_FAILED = 0.01;
/** Smaller improvements than this are not mentioned. */
const WORTH_A_WORD = 0.05;

/** @param {{ change: number, share: number }} of @returns the share of all time that it adds */
const weight = ({ change, share }) => share * Math.abs(1 - 1 / (1 + change));

/** @template {{ change: number, share: number }} Of @param {Of[]} all @returns the most costly first */
const byWeight = (all) => all.sort((a, b) => weight(b) - weight(a));

/** @param {{ stages: Judged[] }} data @returns lasting slowdowns, most costly first */
function slowdownsOf({ stages }) {
  const all = stages.flatMap(({ name, share, changes }) =>
    changes
      .filter(({ isLasting }) => isLasting)
      .map((change) => ({ ...change, name, share })),
  );
  return byWeight(all);
}

/** @param {Judged[]} stages @returns last changes that made them faster, the largest first */
function speedUpsOf(stages) {
  const all = stages.flatMap(({ name, share, changes }) => {
    const change = changes.at(-1);
    return change === undefined || change.change > -WORTH_A_WORD
      ? []
      : [{ ...change, name, share }];
  });
  return byWeight(all);
}

/**
 * Trends of stages without a named change, most costly first.
 * @param {Judged[]} stages
 * @param {{ name: string }[]} named
 * @param {1 | -1} sign - that of a change
 */
function trendsOf(stages, named, sign) {
  const names = new Set(named.map(({ name }) => name));
  const all = stages.flatMap(({ name, share, trend }) =>
    trend === null || trend.change * sign < 0 || names.has(name)
      ? []
      : [{ ...trend, name, share }],
  );
  return byWeight(all);
}

/** @param {Change} change @param {ShowTime} showTime */
function sinceWhen({ timestamp, executionId, runsAgo }, showTime) {
  if (timestamp === null) return `${counted(runsAgo, 'run')} ago`;
  const id = executionId === null ? '' : ` (${visibleName(executionId)})`;
  return `at ${showTime(timestamp)}${id}`;
}

/** @param {Change} a @param {Change} b @returns whether they may be one change */
function isTogether(a, b) {
  const within = [a, b].map(({ earliest, latest }) => latest - earliest);
  return Math.abs(a.runsAgo - b.runsAgo) <= SAME_STEP + Math.max(...within);
}

/** @param {NamedChange[]} changes @returns groups that began together, the most costly change first */
function groupsOf(changes) {
  /** @type {NamedChange[][]} */
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

/** @param {{ change: number }} of */
const toWhat = ({ change }) => (change > 0 ? 'slower' : 'faster');

/**
 * The further steps in which a stage changed, after the most costly one.
 * @param {NamedChange[]} steps
 * @param {ShowTime} showTime
 */
function again(steps, showTime) {
  const [next, ...others] = steps;
  if (next === undefined) return '';
  return others.length === 0
    ? `, and again ${byHowMuch(next)}${sinceWhen(next, showTime)}`
    : `, the largest of ${steps.length + 1} steps`;
}

/** @param {NamedChange[]} changes @param {ShowTime} showTime */
function changed(changes, showTime) {
  const firsts = changes.filter(
    ({ name }, place) => changes.findIndex((of) => of.name === name) === place,
  );
  const groups = groupsOf(firsts);
  const named = groups.slice(0, MOST_NAMED).map(([first, ...others]) => {
    const steps = changes.filter(
      (step) => step.name === first.name && step !== first,
    );
    const text =
      `${first.name} got ${byHowMuch(first)}${toWhat(first)} ` +
      sinceWhen(first, showTime) +
      again(steps, showTime);
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

/** @param {NamedTrend[]} trends */
function drifted([first, ...others]) {
  const { name, change, runs } = first;
  const text = `${name} became ${percent(Math.abs(change))} ${toWhat(first)} over ${counted(runs, 'run')}`;
  return others.length === 0
    ? text
    : `${text}, and so did ${moreStages(others.length)}`;
}

/**
 * What got slower, or else faster: stages, or if none did, whole pipelines.
 * @param {PageData} data
 * @param {ShowTime} showTime
 * @param {1 | -1} sign - that of a change
 * @returns {string[]} sentences
 */
function movesOf({ pipeline, stages }, showTime, sign) {
  const whole = { name: 'The whole pipeline', share: 1 };
  const all = [stages, pipeline === null ? [] : [{ ...pipeline, ...whole }]];
  for (const judged of all) {
    const changes =
      sign > 0 ? slowdownsOf({ stages: judged }) : speedUpsOf(judged);
    const trends = trendsOf(judged, changes, sign);
    const texts = [
      ...(changes.length > 0 ? [`${changed(changes, showTime)}.`] : []),
      ...(trends.length > 0 ? [`${drifted(trends)}.`] : []),
    ];
    if (texts.length > 0) return texts;
  }
  return [];
}

/** @param {Pick<PageData, 'alerts' | 'alertCount'>} data */
function alertsOf({ alerts, alertCount }) {
  const [newest] = alerts;
  if (newest === undefined) return null;
  const count = Math.max(alertCount, alerts.length);
  const many = count === 1 ? '1 alert' : `${whole(count)} alerts, the newest`;
  return `${many} of ${newest.name} (${alertText(newest)})`;
}

/** @param {PageData} data @returns whether there are too few runs to say that all is well */
const isEarly = ({ pipeline, stages }) =>
  (pipeline?.runs || Math.max(0, ...stages.map(({ runs }) => runs))) < ENOUGH;

/**
 * @param {PageData} data
 * @param {boolean} hasChanges - whether any change has been named
 * @returns {string} of what has not been said
 */
function restOf(data, hasChanges) {
  if (!hasChanges) return isEarly(data) ? TOO_FEW : NONE_SLOWER;
  return isEarly(data)
    ? `Other lasting changes can be seen from ${ENOUGH} runs on.`
    : 'Everything else is as usual.';
}

/**
 * Where nothing got slower.
 * @param {PageData} data
 * @param {ShowTime} showTime
 * @returns {Sentence}
 */
function usual(data, showTime) {
  const { pipeline } = data;
  const alerts = alertsOf(data);
  if (alerts !== null) {
    const isError = data.alerts[0].severity === 'error';
    const text = isEarly(data)
      ? `${alerts}. ${TOO_FEW}`
      : `No stage got lastingly slower; ${alerts}.`;
    return { text, tone: isError ? 'worse' : 'well' };
  }
  if (!pipeline?.runs)
    return isEarly(data)
      ? { text: TOO_FEW, tone: 'empty' }
      : { text: NONE_SLOWER, tone: 'well' };
  const { runs, p50 } = pipeline;
  const faster = movesOf(data, showTime, -1);
  if (isEarly(data)) {
    const text =
      faster.length > 0
        ? [...faster, restOf(data, true)].join(' ')
        : `${counted(runs, 'execution')} so far. ${TOO_FEW}`;
    return { text, tone: faster.length > 0 ? 'well' : 'empty' };
  }
  const rest = faster.length > 0 ? 'Everything else' : 'All';
  const text = `${faster.map((of) => `${of} `).join('')}${rest} is as usual: half of ${whole(runs)} executions took ${milliseconds(p50)} or less.`;
  return { text, tone: 'well' };
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
 * @returns {Sentence}
 */
function sentenceOf(data, showTime) {
  const empty = data.pipeline?.runs ? null : nothingRan(data);
  if (empty !== null) return { text: empty, tone: 'empty' };
  const slower = movesOf(data, showTime, 1);
  const parts = [...slower];
  const { runs = 0, failed = 0 } = data.pipeline ?? {};
  const failing = runs > 0 && failed / runs >= MANY_FAILED;
  if (failing)
    parts.push(
      `${percent(failed / runs)} of executions failed (${whole(failed)} of ${whole(runs)}).`,
    );
  if (parts.length === 0) return usual(data, showTime);
  parts.push(restOf(data, slower.length > 0));
  return { text: parts.join(' '), tone: 'worse' };
}

module.exports = { groupsOf, sentenceOf, slowdownsOf };
