'use strict';

// A line over the axis, small enough for a row.

const { s } = require('./dom');

const WIDTH = 72;
const HEIGHT = 18;

/** Pieces of a line between gaps, and the points that stand alone, as two paths. */
function pathsOf(values, low, high) {
  const step = WIDTH / (values.length - 1);
  const y = (value) =>
    HEIGHT - 2 - ((value - low) / (high - low || 1)) * (HEIGHT - 4);
  let [line, dots] = ['', ''];
  values.forEach((value, place) => {
    if (value === null) return;
    const starts = place === 0 || values[place - 1] === null;
    const at = `${(place * step).toFixed(1)} ${y(value).toFixed(1)}`;
    if (starts && (values[place + 1] ?? null) === null) dots += `M${at}h0.1`;
    else line += starts ? `M${at}` : `L${at}`;
  });
  return { line, dots };
}

/**
 * A line from the least to the largest value, or from `from` where that is less. Decorative: the
 * text beside it says the same.
 */
function sparkline(values, { from = Infinity } = {}) {
  const known = values.filter((value) => value !== null);
  const low = Math.min(from, ...known);
  // Scatter of a few per cent is drawn as a level line.
  const high = Math.max(...known, low * 1.25, low + 1e-9);
  const { line, dots } = pathsOf(values, low, high);
  return s(
    'svg',
    {
      class: 'spark',
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      'aria-hidden': 'true',
      'data-axis': 'time',
      preserveAspectRatio: 'none',
    },
    line !== '' && s('path', { d: line }),
    dots !== '' && s('path', { class: 'dot', d: dots }),
  );
}

module.exports = { sparkline };
