'use strict';

const fs = require('node:fs');
const path = require('node:path');

const README = path.join(__dirname, '../README.md');
/** A block of JavaScript with its indentation, which a list gives it. */
const BLOCK = /^( *)```js\n([\s\S]*?)^\1```$/gmu;

/** The examples of the README, each a program. */
function readmeExamples() {
  const text = fs.readFileSync(README, 'utf8');
  return [...text.matchAll(BLOCK)].map(([, indent, code]) =>
    indent === '' ? code : code.replaceAll(`\n${indent}`, '\n').trimStart(),
  );
}

module.exports = { readmeExamples };
