'use strict';

// The page built by scripts/build-page.js, with its data inside, or with a nonce for a server.

const fs = require('node:fs');
const path = require('node:path');
const { internal } = require('../errors');
const { visibleJson } = require('../visible-text');

const BUILT = path.join(__dirname, '../../dist/page.html');

/** @type {string | undefined} */
let template;

function built() {
  if (template === undefined) {
    try {
      template = fs.readFileSync(BUILT, 'utf8');
    } catch (cause) {
      throw internal(
        `${BUILT} is not there: in a clone run "npm run build", in a bundle leave this package out of it`,
        cause,
      );
    }
  }
  return template;
}

/** @param {string} json @returns text that cannot end its element, and shows nothing hidden */
const embedded = (json) =>
  visibleJson(json).replace(
    /[<>&\u2028\u2029]/g,
    (character) =>
      `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/**
 * Replacement by functions, so that no `$` in a text is read as a pattern.
 * @param {string} data
 * @param {string} nonce
 */
const filled = (data, nonce) =>
  built()
    .replaceAll('nonce="%NONCE%"', () => nonce)
    .replace('%DATA%', () => data);

/** @param {string} json */
const pageFile = (json) => filled(embedded(json), '');

/** @param {string} nonce */
const livePage = (nonce) => filled('', `nonce="${nonce}"`);

module.exports = { livePage, pageFile };
