'use strict';

const { ENOUGH, TOO_FEW } = require('../js/texts/few-runs');
const { circumstances } = require('../js/texts/recommendation-texts');
const { h, s } = require('./dom');
const {
  counted,
  milliseconds,
  percent,
  visibleName,
  whole,
} = require('./format');
const { emptySays, panel, table } = require('./panel');

/** Most findings on the page. */
const MOST = 5;

function worth({ gain, estimatedImprovement }) {
  if (gain === null) return estimatedImprovement;
  const [low, high] = [gain.low, gain.high].map(milliseconds);
  const within = low === high ? '' : ` (${low} to ${high})`;
  return `worth ${milliseconds(gain.time)}${within}, ${percent(gain.percent / 100)} of an execution`;
}

/** How often the cause was there, if one is known. */
function evidenceOf({ evidence: { cause } }) {
  if (cause === null) return '';
  return `, seen in ${whole(cause.slow.runs)} of ${counted(cause.runs, 'run')}`;
}

/** The interval of a gain, on a scale from 0 to the largest of all. */
function interval(gain, most) {
  if (gain === null || most <= 0) return null;
  const x = (ms) => ((ms / most) * 100).toFixed(2);
  return s(
    'svg',
    {
      class: 'interval',
      viewBox: '0 0 100 6',
      preserveAspectRatio: 'none',
      'aria-hidden': 'true',
    },
    s('rect', { class: 'whole', width: 100, height: 6 }),
    s('rect', {
      class: 'range',
      x: x(gain.low),
      width: Math.max(0.8, x(gain.high) - x(gain.low)),
      height: 6,
    }),
    s('rect', {
      class: 'middle',
      x: Math.max(0, x(gain.time) - 0.5),
      width: 1,
      height: 6,
    }),
  );
}

function example(id) {
  if (id === null || id === undefined) return null;
  return h(
    'button',
    { class: 'link', 'data-do': 'execution', 'data-of': id },
    `see ${visibleName(id)}`,
  );
}

function step(advice, most) {
  return h(
    'li',
    {},
    h('p', {}, h('b', {}, advice.description), '. '),
    h(
      'p',
      { class: 'muted' },
      `${worth(advice)}${evidenceOf(advice)} `,
      example(advice.example),
    ),
    interval(advice.gain, most),
  );
}

/** Causes that no recommendation names. */
function otherCauses({ stages, advice }) {
  const named = new Set(
    advice
      .filter(({ evidence }) => evidence.cause !== null)
      .map(({ number, evidence }) => `${number} ${evidence.cause.attribute}`),
  );
  return stages.flatMap(({ stage, name, causes }) =>
    causes
      .filter(({ attribute }) => !named.has(`${stage} ${attribute}`))
      .map((cause) => ({ ...cause, name })),
  );
}

function causeText(of) {
  const { slow } = of;
  return `${of.name} is slow where ${circumstances(of)}: ${milliseconds(slow.median)} against ${milliseconds(slow.othersMedian)}, ${whole(slow.runs)} of ${whole(of.runs)} runs`;
}

function chart(found, causes) {
  const most = Math.max(0, ...found.map(({ gain }) => gain?.high ?? 0));
  return h(
    'div',
    { class: 'advice-list' },
    found.length > 0 &&
      h(
        'ol',
        {},
        found.slice(0, MOST).map((one) => step(one, most)),
      ),
    most > 0 &&
      h(
        'p',
        { class: 'tip' },
        h('span', { class: 'key path' }, 'gain'),
        h('span', { class: 'key stage' }, 'its 95 % interval'),
      ),
    causes.length > 0 &&
      h(
        'ul',
        {},
        causes
          .slice(0, MOST)
          .map((of) =>
            h(
              'li',
              {},
              h('p', {}, causeText(of), ' ', example(of.slow.executionId)),
            ),
          ),
      ),
  );
}

function figures(found, causes) {
  return table(
    'What to do, the largest gain first, and causes',
    ['finding', 'gain', 'from', 'to', 'of an execution'],
    [
      ...found.map(({ description, gain }) => [
        description,
        milliseconds(gain?.time),
        milliseconds(gain?.low),
        milliseconds(gain?.high),
        gain === null ? '-' : percent(gain.percent / 100),
      ]),
      ...causes.map((of) => [causeText(of), '-', '-', '-', '-']),
    ],
  );
}

function nothing({ axis, pipeline }) {
  if (axis.kind === 'runs')
    return 'An exported history has no recommendations and no causes.';
  const runs = pipeline?.runs ?? 0;
  if (runs === 0) return 'Advice appears here once an execution has completed.';
  return runs < ENOUGH
    ? `Nothing stands out yet. ${TOO_FEW}`
    : 'Nothing stands out in the last executions.';
}

/** Why it is slow, and what to do about it. */
function advice(data, view) {
  const found = data.advice;
  const causes = otherCauses(data);
  const none = found.length === 0 && causes.length === 0;
  return panel(
    {
      id: 'advice',
      title: 'Why, and what to do',
      chart: () => (none ? emptySays(nothing(data)) : chart(found, causes)),
      figures: !none && (() => figures(found, causes)),
    },
    view,
  );
}

module.exports = { advice };
