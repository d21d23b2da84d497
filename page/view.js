'use strict';

// What a reader has chosen. The address holds what a link is to show again.

const { clock } = require('./format');

const numberOr = (text, other) => {
  const value = Number(text);
  return text !== null && text !== '' && Number.isFinite(value) ? value : other;
};

/** The beginning, with what the address says. */
function initialView(hash, isLive) {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const range = numberOr(given.get('range'), null);
  const view = {
    isLive,
    range: range !== null && range > 0 ? range : null,
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
    /** When the data are of. */
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
