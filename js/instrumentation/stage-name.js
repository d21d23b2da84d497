'use strict';

/** The name of a stage that has none. */
const UNNAMED = 'anonymous';

// No class has a longer name; converting 100 kB at every stage would cost milliseconds.
const MAX_LENGTH = 256;

// A pipeline repeats its few names; the bound limits the cache only for callers that generate
// names.
const CACHED_NAMES = 1024;
/** @type {Map<string, string>} */
const canonicalNames = new Map();

// Longer than any real class hierarchy, short enough for a Proxy that answers with itself.
const MAX_ANCESTORS = 32;

const SNAKE_CASE = /^[a-z0-9_]+$/;
const SUFFIX = /(?<=.)Stage$/su;
const SEPARATORS = /[\s.\-_]+/gu;
const OUTER_UNDERSCORES = /^_+|_+$/gu;
const AFTER_ACRONYM = /(\p{Lu})(?=\p{Lu}\p{Ll})/gu;
const AFTER_WORD = /([\p{Ll}\p{N}])(?=\p{Lu})/gu;

/** @param {string} name */
function toSnakeCase(name) {
  if (SNAKE_CASE.test(name)) return name;
  const snake = name
    .replace(SUFFIX, '')
    .replace(AFTER_ACRONYM, '$1_')
    .replace(AFTER_WORD, '$1_')
    .replace(SEPARATORS, '_')
    .replace(OUTER_UNDERSCORES, '')
    .toLowerCase();
  return snake === '' ? name : snake;
}

/** @param {string} name - that is not cached */
function canonicalName(name) {
  if (name.length > MAX_LENGTH) return name;
  const canonical = toSnakeCase(name);
  if (canonicalNames.size >= CACHED_NAMES) canonicalNames.clear();
  canonicalNames.set(name, canonical);
  return canonical;
}

/** @param {{ name?: unknown }} owner */
function readName(owner) {
  try {
    const { name } = owner;
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch {
    return undefined;
  }
}

/** @param {object} stage @returns of the nearest class with one; a mixin may have none */
function className(stage) {
  try {
    let constructor = stage.constructor;
    for (
      let i = 0;
      i < MAX_ANCESTORS && typeof constructor === 'function';
      i++
    ) {
      const name = readName(constructor);
      if (name !== undefined)
        return name === 'Object' || name === 'Function' ? UNNAMED : name;
      constructor = Object.getPrototypeOf(constructor);
    }
  } catch {
    // A caller's getter or Proxy threw: no name.
  }
  return UNNAMED;
}

/**
 * The name under which a stage is recorded: `stageName`, else `name`, else the name of its class,
 * without the suffix `Stage`, in snake_case.
 *
 * `ComponentFilteringStage`, `ComponentFiltering` and `component_filtering` are one stage. A name
 * already in snake_case stays as it is, `slow_stage` included; so does one with nothing to convert,
 * such as '' or '!', and one of more than 256 characters. A stage without any name is `anonymous`.
 * Never throws, whatever the getters of `stage` do.
 * @param {unknown} stageOrName - a name, a stage object, or a stage class
 * @returns {string}
 */
function canonicalStageName(stageOrName) {
  if (typeof stageOrName === 'string')
    return canonicalNames.get(stageOrName) ?? canonicalName(stageOrName);
  if (
    stageOrName === null ||
    (typeof stageOrName !== 'object' && typeof stageOrName !== 'function')
  ) {
    return UNNAMED;
  }
  let name;
  try {
    name = /** @type {{ stageName?: unknown }} */ (stageOrName).stageName;
  } catch {
    // Unreadable: no name.
  }
  if (typeof name !== 'string' || name === '')
    name = readName(stageOrName) ?? className(stageOrName);
  return canonicalNames.get(name) ?? canonicalName(name);
}

module.exports = { canonicalStageName };
