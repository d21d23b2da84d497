'use strict';

const { h } = require('./dom');
const { clock, counted, milliseconds, span, whole } = require('./format');

const MINUTE = 60_000;
/** Ranges to look back, in ms; null for everything stored. */
const RANGES = [
  [null, 'everything stored'],
  [MINUTE, 'last minute'],
  [5 * MINUTE, 'last 5 min'],
  [15 * MINUTE, 'last 15 min'],
  [60 * MINUTE, 'last hour'],
  [360 * MINUTE, 'last 6 h'],
];
/** Age in ms from which data is shown as old. */
const OLD = 3000;

function rate({ perMinute }) {
  if (perMinute === null || perMinute === undefined) return null;
  const shown =
    perMinute >= 10 ? Math.round(perMinute) : Number(perMinute.toPrecision(2));
  return `${counted(shown, 'run')}/min`;
}

/** Whether the data shown is current. */
function freshness(view) {
  const age = view.clock - view.heardAt;
  if (view.isPaused)
    return `paused, ${counted(view.missed, 'execution')} since`;
  if (!view.isConnected)
    return `connection lost, trying again; data ${span(age)} old`;
  if (age > OLD) return `data ${span(age)} old`;
  return view.trouble ? 'stopped' : 'live';
}

function state(data, view) {
  if (!view.isLive)
    return data.at === null
      ? 'exported history'
      : `report of ${clock(data.at, 0, true)}`;
  return freshness(view);
}

function button(action, text, label, pressed) {
  return h(
    'button',
    {
      class: 'quiet icon',
      'data-do': action,
      'aria-label': label,
      title: label,
      'aria-pressed': pressed,
    },
    text,
  );
}

/** A time that was chosen on a chart, as one more choice. */
function chosenPeriod({ from, to }, now) {
  if (from === null) return null;
  const text = `${clock(from, now, true)} to ${clock(to, now, true)}`;
  return h('option', { value: 'period', selected: true }, text);
}

function ranges(view) {
  return h(
    'label',
    { class: 'chooser' },
    h('span', { class: 'unseen' }, 'Time that is shown'),
    h(
      'select',
      { 'data-on': 'range' },
      chosenPeriod(view, view.now),
      RANGES.map(([range, text]) =>
        h(
          'option',
          {
            value: range ?? '',
            selected: view.from === null && range === view.range,
          },
          text,
        ),
      ),
    ),
  );
}

/** The header: title, age of the data, and settings of the whole page. */
function header(data, view) {
  const { now } = data;
  const shown = state(data, view);
  const isStale = view.isLive && shown !== 'live';
  return h(
    'header',
    { 'data-key': 'header' },
    h('h1', {}, 'Pipeline'),
    h(
      'span',
      { class: `state${isStale ? ' stale' : ''}` },
      h('span', { class: 'dot', 'aria-hidden': 'true' }, isStale ? '○' : '●'),
      shown,
    ),
    view.isLive &&
      h('span', { class: 'printed' }, clock(now?.at ?? data.at, 0, true)),
    now !== null &&
      h('span', { class: 'muted count' }, counted(now.executions, 'execution')),
    now !== null &&
      view.isLive &&
      now.failed > 0 &&
      h(
        'span',
        {
          class: `failures${now.newest?.success === false ? ' worse' : ' muted'}`,
        },
        `✕ ${whole(now.failed)} failed`,
      ),
    view.isLive && rate(now) && h('span', { class: 'muted rate' }, rate(now)),
    now?.newest &&
      view.isLive &&
      h(
        'button',
        {
          class: 'link newest',
          'data-do': 'execution',
          'data-of': now.newest.id,
        },
        `newest ${milliseconds(now.newest.duration)}`,
      ),
    h(
      'span',
      { class: 'controls' },
      view.isLive && ranges(view),
      view.isLive &&
        button(
          'pause',
          view.isPaused ? 'go on' : 'pause',
          view.isPaused ? 'Go on with new figures' : 'Pause: keep this picture',
          String(view.isPaused),
        ),
      button('theme', '◐', 'Dark or light'),
      button('help', '?', 'Keys and what is shown', String(view.isHelpOpen)),
    ),
  );
}

module.exports = { header };
