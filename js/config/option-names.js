'use strict';

const { invalidArg, invalidConfig } = require('../errors');

/** @param {string} one @param {string} other @returns edits between them, whatever their case */
function distance(one, other) {
  const b = other.toLowerCase();
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const letter of one.toLowerCase()) {
    let diagonal = row[0];
    const next = [diagonal + 1];
    for (let i = 1; i <= b.length; i += 1) {
      const above = row[i];
      next[i] = Math.min(
        above + 1,
        next[i - 1] + 1,
        diagonal + (letter === b[i - 1] ? 0 : 1),
      );
      diagonal = above;
    }
    row = next;
  }
  return row[b.length];
}

/**
 * The name that was probably meant: at least half of its letters match.
 * @param {string} name
 * @param {readonly string[]} names - may be dotted paths, of which the last part counts
 */
function nearest(name, names) {
  let best;
  let least = 0.5;
  for (const path of names) {
    const known = path.slice(path.lastIndexOf('.') + 1);
    const apart =
      distance(name.slice(0, 100), known) / Math.max(name.length, known.length);
    if (apart <= least && (best === undefined || apart < least)) {
      least = apart;
      best = path;
    }
  }
  return best;
}

/**
 * @param {string} what - they are, as `config`
 * @param {object} given
 * @param {readonly string[]} names - that exist
 * @param {{ isArgument?: boolean, meant?: readonly string[] }} [how] - what may have been meant
 */
function checkNames(
  what,
  given,
  names,
  { isArgument = false, meant = names } = {},
) {
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    const allowed = `made of ${names.join(', ')}`;
    const wrong = isArgument
      ? invalidArg(`${what} must be ${allowed}`, name)
      : invalidConfig(what, name, allowed);
    const near = nearest(name, meant);
    if (near !== undefined) wrong.message += ` (nearest: ${near})`;
    throw wrong;
  }
}

module.exports = { checkNames };
