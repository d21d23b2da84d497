'use strict';

const { chromium } = require('playwright-core');

/** Flags for a machine without a sandbox or a screen; nothing is fetched in the background. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @returns {Promise<import('playwright-core').Browser>} the machine's own Chromium */
const launch = () =>
  chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGS });

module.exports = { launch };
