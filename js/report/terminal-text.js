'use strict';

const { columnsOf, cut, left } = require('../texts/columns');

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const LEVELS = '▁▂▃▄▅▆▇█';

const CODES = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  cyan: 36,
};

/**
 * One function per colour; all return text unchanged if `enabled` is false.
 * @param {boolean} enabled
 * @returns {Record<keyof typeof CODES, (text: string) => string>}
 */
function palette(enabled) {
  /** @param {number} code */
  const paint = (code) => (/** @type {string} */ text) =>
    enabled && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text;
  const paints = Object.entries(CODES).map(([name, code]) => [
    name,
    paint(code),
  ]);
  return Object.fromEntries(paints);
}

/** @param {number} part @param {number} width @returns cells for a part of 1, to an eighth */
function bar(part, width) {
  const eighths = Math.round(Math.min(1, Math.max(0, part)) * width * 8);
  const full = '█'.repeat(eighths >> 3);
  return left(full + EIGHTHS[eighths % 8], width);
}

/** @param {(number | null)[]} values - null where there is a gap */
function sparkline(values) {
  const most = Math.max(0, ...values.map((value) => value ?? 0));
  return values
    .map((value) => {
      if (value === null) return ' ';
      const level = most === 0 ? 0 : (value / most) * LEVELS.length;
      return LEVELS[Math.max(0, Math.min(LEVELS.length, Math.ceil(level)) - 1)];
    })
    .join('');
}

/** @param {string[]} pieces @param {string} separator @param {number} width */
function wrap(pieces, separator, width) {
  /** @type {string[]} */
  const lines = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    const joined = last + separator + piece;
    if (last !== undefined && columnsOf(joined) <= width)
      lines.splice(-1, 1, joined);
    else lines.push(cut(piece, width));
  }
  return lines;
}

module.exports = { bar, palette, sparkline, wrap };
