'use strict';

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

/** One function a colour; all leave text alone when `enabled` is false. */
function palette(enabled) {
  const paint = (code) => (text) =>
    enabled && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text;
  return Object.fromEntries(
    Object.entries(CODES).map(([name, code]) => [name, paint(code)]),
  );
}

/** Cuts text to a width, with an ellipsis where it was longer. */
function cut(text, width) {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}

const left = (text, width) => cut(text, width).padEnd(width);
const right = (text, width) => cut(text, width).padStart(width);

/** A bar of `width` cells for a part of 1, to the eighth of a cell. */
function bar(part, width) {
  const eighths = Math.round(Math.min(1, Math.max(0, part)) * width * 8);
  const full = '█'.repeat(eighths >> 3);
  return left(full + EIGHTHS[eighths % 8], width);
}

/** A line of small columns, from 0 to the largest value. */
function sparkline(values) {
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  return values
    .map((value) => {
      const level = most === 0 ? 0 : (value / most) * LEVELS.length;
      return LEVELS[Math.max(0, Math.min(LEVELS.length, Math.ceil(level)) - 1)];
    })
    .join('');
}

/** Breaks a list of pieces into lines no wider than `width`. */
function wrap(pieces, separator, width) {
  const lines = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    const joined = last + separator + piece;
    if (last !== undefined && joined.length <= width)
      lines.splice(-1, 1, joined);
    else lines.push(cut(piece, width));
  }
  return lines;
}

module.exports = { bar, cut, left, palette, right, sparkline, wrap };
