'use strict';

// The page in a terminal, in lines of limited width.

const { alertText } = require('./alert-text');
const { bar, palette, sparkline, wrap } = require('./terminal-text');
const { cut, left, right } = require('../texts/columns');
const {
  counted,
  milliseconds,
  percent,
  whole,
} = require('../texts/number-formats');
const { sentenceOf } = require('./sentence');
const { visibleName } = require('../visible-text');

/**
 * @import { PageData, ShowTime, StageRow } from './page-data'
 * @typedef {PageData & {
 *   [key in 'at' | 'now' | 'pipeline' | 'cost']: NonNullable<PageData[key]> }} LivePage
 * @typedef {ReturnType<typeof palette>} Ink
 * @typedef {object} Options
 * @property {number} width - of the widest line
 * @property {number} height - lines at most
 * @property {boolean} color
 * @property {string | null} trouble - what is wrong with the source
 * @property {ShowTime} showTime
 */

const MOST = { stages: 12, advice: 3, alerts: 6 };
const NUMBER = 9;
/** Cells of a line of medians, with the blank before it. */
const LINE = 25;
const QUANTILES = /** @type {const} */ (['p50', 'p95', 'p99']);
const LEAST_NAME = 8;

/** @param {number} width */
function layoutFor(width) {
  const bar = width < 80 ? 6 : 14;
  // Beside them are a blank and the change.
  const room = width - LEAST_NAME - bar - 1 - NUMBER;
  const quantiles = QUANTILES.slice(0, Math.max(1, Math.floor(room / NUMBER)));
  const others = bar + 1 + (quantiles.length + 1) * NUMBER;
  const name = Math.max(LEAST_NAME, Math.min(26, width - others));
  return { bar, name, quantiles, hasLine: width >= name + others + LINE };
}

/** @param {LivePage} data @param {Ink} ink @param {Options} options */
function heading({ now, at }, ink, { showTime, trouble, width }) {
  const { perMinute, newest } = now;
  const parts = [
    counted(now.executions, 'execution'),
    perMinute === null ? null : `${whole(Math.round(perMinute))} a minute`,
    newest === null ? null : `newest ${milliseconds(newest.duration)}`,
    showTime(at),
  ];
  const text = parts.filter((part) => part !== null).join(' · ');
  const sign = trouble === null ? ink.green('●') : ink.red('○');
  return `${ink.bold('PIPELINE')} ${sign} ${ink.dim(cut(text, width - 11))}`;
}

/** @param {LivePage} data @param {number} width */
function summary({ pipeline, cost }, width) {
  const failed =
    pipeline.failed === 0 ? 'none' : percent(pipeline.failed / pipeline.runs);
  const costs = cost.samples === 0 ? 'not timed yet' : percent(cost.ratio);
  const parts = [
    `p50 ${milliseconds(pipeline.p50)} ${sparkline(pipeline.p50Line)}`,
    `p95 ${milliseconds(pipeline.p95)} ${sparkline(pipeline.p95Line)}`,
    `failed ${failed}`,
    `measuring costs ${costs}`,
  ];
  return wrap(parts, '   ', width);
}

/** @param {Pick<StageRow, 'changes' | 'trend'>} stage @param {Ink} ink */
function changeText({ changes, trend }, ink) {
  const last = changes.at(-1);
  const change = last?.change ?? trend?.change;
  if (change === undefined) return right('·', NUMBER);
  const worse = change > 0;
  const text = right(
    last?.before === 0
      ? '▲ from 0'
      : `${worse ? '▲ +' : '▼ −'}${percent(Math.abs(change))}`,
    NUMBER,
  );
  return worse ? ink.red(text) : ink.green(text);
}

/** @param {LivePage} data @param {Ink} ink @param {number} width */
function stageLines({ stages }, ink, width) {
  if (stages.length === 0) return ['No stage has completed yet.'];
  const shown = stages.slice(0, MOST.stages);
  const most = Math.max(...shown.map(({ share }) => share), 1e-9);
  const layout = layoutFor(width);
  const head = layout.quantiles.map((name) => right(name, NUMBER)).join('');
  const lines = shown.map((stage) => {
    const numbers = layout.quantiles
      .map((name) => right(milliseconds(stage[name]), NUMBER))
      .join('');
    const line = layout.hasLine ? ` ${ink.cyan(sparkline(stage.line))}` : '';
    return `${left(stage.name, layout.name)} ${ink.cyan(bar(stage.share / most, layout.bar))}${numbers}${line}${changeText(stage, ink)}`;
  });
  const others = stages.length - shown.length;
  return [
    ink.bold(left('STAGES', layout.name)) +
      ink.dim(` ${left('time', layout.bar)}${head}`),
    ...lines,
    ...(others > 0 ? [ink.dim(`and ${whole(others)} more`)] : []),
  ];
}

/** @param {string} text @param {number} width @param {string} first @param {string} next */
const wrapped = (text, width, first, next) =>
  wrap(text.split(' '), ' ', width - first.length).map(
    (line, place) => (place === 0 ? first : next) + line,
  );

/** @param {LivePage} data @param {Ink} ink @param {number} width */
function adviceLines({ advice }, ink, width) {
  if (advice.length === 0) return [];
  const lines = advice.slice(0, MOST.advice).flatMap((one, place) => {
    const worth =
      one.gain === null ? '' : `, worth ${milliseconds(one.gain.time)}`;
    return wrapped(`${one.description}${worth}`, width, `${place + 1} `, '  ');
  });
  return ['', ink.bold('WHAT TO DO'), ...lines];
}

/** @param {LivePage} data @param {Ink} ink @param {Options} options */
function alertLines({ alerts }, ink, { showTime, width }) {
  if (alerts.length === 0) return [];
  const lines = alerts.slice(0, MOST.alerts).map((alert) => {
    const id =
      alert.executionId === null ? '' : ` (${visibleName(alert.executionId)})`;
    const isError = alert.severity === 'error';
    const text = `${showTime(alert.at)}  ${isError ? '▲ error  ' : '△ warning'}  ${alert.name}: ${alertText(alert)}${id}`;
    const [line] = wrap([text], '', width);
    return isError ? ink.red(line) : line;
  });
  return ['', ink.bold('ALERTS'), ...lines];
}

/**
 * @param {PageData | null} page - from a server; null before the first
 * @param {Options} options
 * @returns {string[]} at most `height` lines
 */
function terminalPage(page, options) {
  const { width, height, color, trouble, showTime } = options;
  const ink = palette(color);
  const data = /** @type {LivePage | null} */ (page);
  if (data === null) return [trouble ?? 'Waiting for the first figures.'];
  const { text, tone } = sentenceOf(data, showTime);
  const paints = { worse: ink.yellow, well: ink.green, empty: ink.dim };
  const paint = trouble === null ? paints[tone] : ink.yellow;
  const lines = [
    heading(data, ink, options),
    ...wrapped(trouble ?? text, width, '', '').map((line) => paint(line)),
    ...summary(data, width),
    '',
    ...stageLines(data, ink, width),
    ...adviceLines(data, ink, width),
    ...alertLines(data, ink, options),
  ];
  return lines.slice(0, height);
}

module.exports = { terminalPage };
