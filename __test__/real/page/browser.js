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

/** One browser, its pages, and all that went wrong or elsewhere in them. */
class Pages {
  #browser;
  #contexts = [];
  /** What no page may do: errors, and requests to any but the address it was opened at. */
  troubles = [];
  /** Whether a server that is gone is part of the test. */
  mayLoseServer = false;

  async start() {
    this.#browser = await launch();
  }

  async stop() {
    await this.#browser.close();
  }

  /** Opens an address as a reader would with such a screen. */
  async open(address, { width = 1440, height = 1000, ...options } = {}) {
    const viewport = { width, height };
    const context = await this.#browser.newContext({ viewport, ...options });
    this.#contexts.push(context);
    const page = await context.newPage();
    this.#watch(page, address);
    await page.goto(address);
    await page.locator('.sentence').waitFor();
    return page;
  }

  #watch(page, address) {
    const { origin, protocol } = new URL(address);
    const isOwn = (url) =>
      url.startsWith('data:') ||
      (protocol === 'file:' ? url === address : url.startsWith(`${origin}/`));
    page.on('request', (request) => {
      if (!isOwn(request.url().split('#')[0]))
        this.troubles.push(`request: ${request.url()}`);
    });
    page.on('pageerror', (error) =>
      this.troubles.push(`error: ${error.stack}`),
    );
    page.on('dialog', (dialog) =>
      this.troubles.push(`dialog: ${dialog.message()}`),
    );
    page.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      const isLoss = /net::ERR_|Failed to load resource/.test(message.text());
      if (!(isLoss && this.mayLoseServer))
        this.troubles.push(`console: ${message.text()}`);
    });
  }

  async closeAll() {
    for (const context of this.#contexts.splice(0)) await context.close();
    const troubles = this.troubles.splice(0);
    this.mayLoseServer = false;
    return troubles;
  }
}

module.exports = { Pages, launch };
