'use strict';

/**
 * Characters that are invisible, or change how others are shown: controls, including escapes and
 * line ends; bidirectional and zero-width ones; separators; lone surrogates.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const EACH_HIDDEN = new RegExp(HIDDEN, 'gu');
/** Without the line ends between the lines of JSON. */
const EACH_HIDDEN_IN_JSON = new RegExp(`(?!\\n)${HIDDEN.source}`, 'gu');
const BLANKS = /[\t\n\r\p{Zs}]+/gu;

/** @type {Record<string, string>} */
const SHORT = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** @param {number} unit @param {number} digits */
const hex = (unit, digits) => unit.toString(16).padStart(digits, '0');

/** @param {string} character */
function escaped(character) {
  const code = character.codePointAt(0) ?? 0;
  return (
    SHORT[character] ??
    (code > 0xffff ? `\\u{${hex(code, 5)}}` : `\\u${hex(code, 4)}`)
  );
}

/** @param {string} character @returns escaped, in two escapes beyond 16 bits */
function escapedInJson(character) {
  return Array.from(
    { length: character.length },
    (_, i) => `\\u${hex(character.charCodeAt(i), 4)}`,
  ).join('');
}

/** @param {string} text @returns escaped for a log or a terminal */
function visible(text) {
  return HIDDEN.test(text) ? text.replace(EACH_HIDDEN, escaped) : text;
}

/** @param {string} text @returns the same on one line, each run of blanks as one space */
function visibleLine(text) {
  return visible(text.replace(BLANKS, ' '));
}

/** @param {string} text @returns equivalent JSON text without hidden characters */
function visibleJson(text) {
  return HIDDEN.test(text)
    ? text.replace(EACH_HIDDEN_IN_JSON, escapedInJson)
    : text;
}

/** @param {string} text @param {number} most @returns shortened to its beginning and end */
function shortened(text, most) {
  if (text.length <= most) return text;
  const half = (most - 1) / 2;
  const head = text.slice(0, Math.ceil(half)).replace(/[\ud800-\udbff]$/, '');
  const tail = text.slice(-Math.floor(half)).replace(/^[\udc00-\udfff]/, '');
  return `${head}…${tail}`;
}

/** Most characters of a name in a table or a line. */
const MAX_NAME = 80;

/** @param {unknown} name @returns made visible, and shortened to fit a table */
function visibleName(name) {
  return visibleLine(shortened(String(name), MAX_NAME));
}

module.exports = {
  shortened,
  visible,
  visibleJson,
  visibleLine,
  visibleName,
};
