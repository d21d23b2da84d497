'use strict';

/** The pictures of the documents: `UPDATE_IMAGES=1 npm run test:real -- page` takes them anew. */

const fs = require('node:fs');
const path = require('node:path');
const { serveMetrics } = require('../../..');
const { CORE } = require('../../../js/recording/direct-recorder');
const { seasoned } = require('../../fixtures/seasoned');
const { Pages } = require('./browser');
const { smallPng } = require('./small-png');

const IMAGES = path.join(__dirname, '../../../docs/images');
const MOST_BYTES = 150_000;
const PICTURES = [
  ['page-light', { width: 1280, height: 1000 }],
  ['page-dark', { width: 1280, height: 1000, colorScheme: 'dark' }],
  ['page-narrow', { width: 360, height: 780 }],
];

const pages = new Pages();
beforeAll(() => pages.start());
afterAll(() => pages.stop());
it.each(PICTURES)('%s is small, and shows the page', async (name, options) => {
  const world = seasoned();
  // The clock of the fixture is moved by the test, so that nothing of it is timed.
  for (let run = 0; run < 64; run += 1)
    world.metrics[CORE].engine.noteOwnCost(0.1, 6, 50);
  const server = await serveMetrics(world.metrics);
  const page = await pages.open(server.url, { ...options, timezoneId: 'UTC' });
  await page.locator('.heat .tone-6').waitFor();
  const fullPage = options.width > 1000;
  const screenshot = await page.screenshot({ fullPage });
  expect(await pages.closeAll()).toEqual([]);
  await server.close();
  // Takes seconds, in which a page that is open would hear nothing and lose its connection.
  const picture = smallPng(screenshot);
  const file = path.join(IMAGES, `${name}.png`);
  if (process.env.UPDATE_IMAGES) fs.writeFileSync(file, picture);
  expect(fs.statSync(file).size).toBeLessThan(MOST_BYTES);
  expect(picture.length).toBeLessThan(MOST_BYTES);
});
