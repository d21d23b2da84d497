'use strict';

// The reader's selection. The address contains the part that a link restores.

const { clock } = require('./format');

const numberOr = (text, other) => {
  const value = Number(text);
  return text !== null && text !== '' && Number.isFinite(value) ? value : other;
};

/** How far to look back, or from when to when; at most one of them. */
function timeIn(given) {
  const number = (name) => numberOr(given.get(name), null);
  const [range, from, to] = ['range', 'from', 'to'].map(number);
  if (from !== null && to !== null && from < to)
    return { range: null, from, to };
  return { range: range > 0 ? range : null, from: null, to: null };
}

/** The initial selection, from the address. */
function initialView(hash, isLive) {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const view = {
    isLive,
    ...timeIn(given),
    /** Columns of the axis that are being chosen, by `anchor` and `head`. */
    selection: null,
    stage: null,
    /** The name of the stage, until its number is known. */
    stageName: given.get('stage'),
    execution: given.get('execution'),
    fetched: null,
    waiting: false,
    theme: given.get('theme'),
    filter: '',
    cursor: null,
    tables: new Set(),
    isHelpOpen: false,
    isPaused: false,
    isConnected: true,
    missed: 0,
    heardAt: Date.now(),
    clock: Date.now(),
    trouble: null,
    /** The time of the data. */
    now: Date.now(),
    showTime(ms) {
      return clock(ms, view.now);
    },
  };
  return view;
}

/** The address that shows the same. */
function hashOf(view) {
  const chosen = new URLSearchParams();
  if (view.range !== null) chosen.set('range', view.range);
  if (view.from !== null) {
    chosen.set('from', view.from);
    chosen.set('to', view.to);
  }
  if (view.stageName !== null) chosen.set('stage', view.stageName);
  if (view.execution !== null) chosen.set('execution', view.execution);
  if (view.theme !== null) chosen.set('theme', view.theme);
  const text = chosen.toString();
  return text === '' ? '' : `#${text}`;
}

/** The number of the stage that the address names; names are as data have them. */
function resolveStage(view, data) {
  if (view.stageName === null || view.stage !== null) return;
  const known = data.stages.find(({ name }) => name === view.stageName);
  if (known !== undefined) view.stage = known.stage;
}

module.exports = { hashOf, initialView, resolveStage };
