'use strict';

const { launch } = require('./browser');

it('a browser shows a page', async () => {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.setContent('<h1>Shown</h1>');
    expect(await page.textContent('h1')).toBe('Shown');
  } finally {
    await browser.close();
  }
});
