'use strict';

/**
 * @typedef {{ title: string, head: string[], rows: string[][], texts?: number }} Table - the
 *   first `texts` columns (1) are text, the others are figures
 */

/** Three digits that count, and never an exponent; a dash for what was not measured. */
function short(value) {
  if (value === undefined || Number.isNaN(value)) return '–';
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString('en-US');
  const decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.995 ? 2 : 3;
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? '0' : text;
}

/** A round count: 20, 5 k, 1 M. */
function compact(count) {
  if (count >= 1_000_000) return `${count / 1_000_000} M`;
  return count >= 1000 ? `${count / 1000} k` : String(count);
}

/** A figure with its interval, where it has one. */
function withInterval(figure) {
  if (figure?.low === undefined) return short(figure?.value);
  return `${short(figure.value)} (${short(figure.low)}–${short(figure.high)})`;
}

/** A figure with the end of its interval that an upper bound has to hold for. */
function withUpperEnd(figure) {
  if (figure === undefined) return short(undefined);
  return `${short(figure.value)} (${short(figure.high)})`;
}

/** A table for a terminal. @param {Table} table */
function toText({ title, head, rows, texts = 1 }) {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((cells) => cells[column].length)),
  );
  const aligned = (cell, column) =>
    column < texts
      ? cell.padEnd(widths[column])
      : cell.padStart(widths[column]);
  const line = (cells) => cells.map(aligned).join('  ').trimEnd();
  const width = widths.reduce((sum, each) => sum + each + 2, -2);
  const rule = '─'.repeat(width);
  return [title, rule, line(head), rule, ...rows.map(line), ''].join('\n');
}

/** @param {Table} table */
function toMarkdown({ head, rows, texts = 1 }) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column < texts ? '---' : '---:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

module.exports = {
  compact,
  short,
  toMarkdown,
  toText,
  withInterval,
  withUpperEnd,
};
