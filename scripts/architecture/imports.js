'use strict';

// Which file needs which, read from the text of the files.

const fs = require('node:fs');
const path = require('node:path');

function filesUnder(folder, extension) {
  return fs
    .readdirSync(folder, { recursive: true })
    .map((name) => path.join(folder, String(name)))
    .filter((file) => file.endsWith(extension))
    .sort();
}

/**
 * The files of a folder with those that each requires.
 *
 * @param {string} folder
 * @returns {Map<string, Set<string>>}
 */
function javascriptImports(folder) {
  const graph = new Map();
  for (const file of filesUnder(folder, '.js')) {
    const needed = new Set();
    const text = fs.readFileSync(file, 'utf8');
    for (const [, name] of text.matchAll(/require\('(\.[^']+)'\)/g)) {
      needed.add(require.resolve(path.resolve(path.dirname(file), name)));
    }
    graph.set(path.resolve(file), needed);
  }
  return graph;
}

/** The text of a Rust file without comments and without its tests. */
function rustCode(file) {
  return fs
    .readFileSync(file, 'utf8')
    .replace(/\/\/.*$/gm, '')
    .replace(/#\[cfg\(test\)\]\s*mod \w+ \{[^]*$/, '');
}

/** The places named in `a::{b, c::{d as e}}`, each as its segments with the name it gets. */
function places(text, before = []) {
  const tree = text.trim();
  const brace = tree.indexOf('{');
  if (brace < 0) {
    const [named, alias] = tree.split(/\s+as\s+/);
    const segments = [...before, ...named.split('::').filter(Boolean)];
    return [{ segments, name: alias ?? segments.at(-1) }];
  }
  const prefix = [...before, ...tree.slice(0, brace).split('::')]
    .map((part) => part.trim())
    .filter(Boolean);
  const parts = [''];
  let depth = 0;
  for (const letter of tree.slice(brace + 1, tree.lastIndexOf('}'))) {
    if (letter === '{') depth += 1;
    if (letter === '}') depth -= 1;
    if (letter === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  return parts.filter((part) => part.trim()).flatMap((p) => places(p, prefix));
}

/**
 * The modules below a folder of a crate with those that each uses. A `pub use` of a folder's
 * `mod.rs` is no use: it only names what a file of the folder has.
 *
 * @param {string} folder - the folder of the module `root`
 * @param {string[]} root - its path in the crate, such as `['engine']`
 * @returns {Map<string, Set<string>>}
 */
function rustImports(folder, root) {
  const files = new Map();
  for (const file of filesUnder(folder, '.rs')) {
    const parts = path
      .relative(folder, file)
      .replace(/\.rs$/, '')
      .split(path.sep);
    if (parts.at(-1) === 'tests') continue;
    if (parts.at(-1) === 'mod') parts.pop();
    files.set([...root, ...parts].join('::'), { file, code: rustCode(file) });
  }
  const exported = new Map();
  for (const [module, { code }] of files) {
    const names = new Map();
    for (const [, tree] of code.matchAll(/pub(?:\([^)]*\))? use ([^;]+);/g)) {
      for (const { segments, name } of places(tree)) names.set(name, segments);
    }
    exported.set(module, names);
  }

  /** The file that has what `segments` names, seen from `module`. */
  function owner(module, segments) {
    let at = module.split('::');
    let rest = [...segments];
    if (rest[0] === 'crate') [at, rest] = [[], rest.slice(1)];
    if (rest[0] === 'self') rest.shift();
    while (rest[0] === 'super') {
      at.pop();
      rest.shift();
    }
    while (rest.length > 0 && files.has([...at, rest[0]].join('::'))) {
      at.push(rest.shift());
    }
    const found = at.join('::');
    const through = exported.get(found)?.get(rest[0]);
    if (through !== undefined) return owner(found, through);
    return files.has(found) ? found : undefined;
  }

  const graph = new Map();
  for (const [module, { file, code }] of files) {
    const needed = new Set();
    const own = code.replace(/pub(?:\([^)]*\))? use [^;]+;/g, '');
    const uses = [...own.matchAll(/\buse ([^;]+);/g)].flatMap(([, tree]) =>
      places(tree),
    );
    const inline = own
      .replace(/\buse [^;]+;/g, '')
      .matchAll(/\b(?:crate|super|self)(?:::\w+)+/g);
    for (const [text] of inline) uses.push({ segments: text.split('::') });
    for (const { segments } of uses) {
      const found = owner(module, segments);
      if (found !== undefined && found !== module) {
        needed.add(files.get(found).file);
      }
    }
    graph.set(file, needed);
  }
  return graph;
}

module.exports = { filesUnder, javascriptImports, rustCode, rustImports };
