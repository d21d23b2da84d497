'use strict';

// Texts in columns of a terminal: an ideograph or an emoji takes two of them, a combining mark none.

/** Excludes half-width Katakana and Hangul; includes characters that a selector makes emoji. */
const WIDE =
  /(?![\uff61-\uffdc])[\p{Script=Han}\p{Script=Hangul}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u30ff\uff01-\uff60\uffe0-\uffe6]|\ufe0f/u;
/** Characters of one column: Latin, as in `µs`, and those that bars and lines are drawn with. */
const PLAIN = /^[ -~\u00a1-\u00ac\u00ae-\u00ff…\u2500-\u259f]*$/;

/** Letters and digits of scripts that are written from right to left. */
const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** @type {Intl.Segmenter | undefined} */
let segmenter;

/** @param {string} text */
function graphemes(text) {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** @param {string} grapheme */
const widthOf = (grapheme) => (WIDE.test(grapheme) ? 2 : 1);

/** @param {string} text */
function columnsOf(text) {
  if (PLAIN.test(text)) return text.length;
  let columns = 0;
  for (const grapheme of graphemes(text)) columns += widthOf(grapheme);
  return columns;
}

/** @param {string} text @param {number} width @returns cut with an ellipsis between characters */
function cut(text, width) {
  if (columnsOf(text) <= width) return text;
  let shown = '';
  let columns = 0;
  for (const grapheme of graphemes(text)) {
    columns += widthOf(grapheme);
    if (columns >= width) break;
    shown += grapheme;
  }
  return `${shown}…`;
}

/** @param {string} text @param {number} width */
const room = (text, width) => ' '.repeat(Math.max(0, width - columnsOf(text)));

/**
 * Where text is reordered, what is beside it then stays in place. Isolates take no column.
 *
 * @param {string} text
 */
const isolated = (text) =>
  RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text;

/** @param {string} text @param {number} width */
function left(text, width) {
  const shown = cut(text, width);
  return isolated(shown) + room(shown, width);
}

/** @param {string} text @param {number} width */
function right(text, width) {
  const shown = cut(text, width);
  return room(shown, width) + isolated(shown);
}

module.exports = { columnsOf, cut, isolated, left, right };
