'use strict';

// Arrow keys move the focus within a part; Tab goes on to the next, as everywhere.

const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

/** Moves the focus among elements of the same part; returns whether it did. */
function moveWithin(root, focused, key) {
  const part = focused?.getAttribute?.('data-nav');
  if (!part || !(key in STEPS)) return false;
  const all = [...root.querySelectorAll(`[data-nav="${part}"]`)];
  const next = all[all.indexOf(focused) + STEPS[key]];
  next?.focus();
  return true;
}

module.exports = { moveWithin };
