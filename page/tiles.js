'use strict';

const { h } = require('./dom');
const { milliseconds, percent, whole } = require('./format');
const { sparkline } = require('./lines');

function tile({ label, value, title, line, action, target, worse }) {
  return h(
    'button',
    {
      class: `tile${worse ? ' worse' : ''}`,
      'data-do': action,
      'data-of': target,
      'data-nav': 'tiles',
      title,
    },
    h('span', { class: 'label' }, label),
    h('span', { class: 'value' }, worse && '▲ ', value),
    line,
  );
}

/** Share of failures, and its wording. */
function failures({ runs, failed }) {
  if (runs === 0) return '-';
  return failed === 0 ? 'none' : percent(failed / runs);
}

function costTile(cost) {
  if (cost === null) return null;
  const known = cost.samples > 0;
  return tile({
    label: 'measuring costs',
    value: known ? percent(cost.ratio) : 'not timed yet',
    title: known
      ? `${whole(Math.round(cost.stageNs))} ns a stage, from ${cost.samples} timed executions; share of the time they took`
      : 'An execution now and then is timed; none was so far',
    action: 'help',
  });
}

/** The four figures one looks for first. */
function tiles(data) {
  const { pipeline, cost, total } = data;
  const of = pipeline ?? { runs: 0, p50: null, p95: null, failed: 0 };
  const newestFailed = data.executions.find(({ success }) => !success);
  return h(
    'div',
    { class: 'tiles' },
    tile({
      label: 'p50',
      value: milliseconds(of.p50),
      title: `Half of ${whole(of.runs)} executions took this or less: ${of.p50 ?? '-'} ms`,
      line: sparkline(of.p50Line ?? of.line ?? []),
      action: 'stage',
      target: total,
    }),
    tile({
      label: 'p95',
      value: milliseconds(of.p95),
      title: `19 of 20 executions took this or less: ${of.p95 ?? '-'} ms`,
      line: of.p95Line && sparkline(of.p95Line),
      action: 'stage',
      target: total,
    }),
    of.failedLine &&
      tile({
        label: 'failed',
        value: failures(of),
        title: `${whole(of.failed)} of ${whole(of.runs)} executions failed`,
        line: sparkline(of.failedLine, { from: 0 }),
        action: 'execution',
        target: newestFailed?.id,
        worse: of.runs > 0 && of.failed / of.runs >= 0.01,
      }),
    costTile(cost),
  );
}

module.exports = { tiles };
