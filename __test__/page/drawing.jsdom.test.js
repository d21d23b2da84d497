/** @jest-environment jsdom */
'use strict';

/** In which frame the parts of the page are drawn. */

const { regressed } = require('../fixtures/planted');
const { App } = require('../../page/app');
const { pageText, EVERYTHING } = require('../../js/queries/page');
const { CORE } = require('../../js/recording/direct-recorder');

describe('the page', () => {
  it('draws each part in its turn, also where one changes in every frame', () => {
    const { document } = globalThis;
    const frames = [];
    globalThis.requestAnimationFrame = (draw) => frames.push(draw);
    // Every part takes longer than there is time for in a frame.
    let now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => (now += 1000));
    const app = new App(document.body, { isLive: true });
    app.take(JSON.parse(pageText(regressed().metrics[CORE], EVERYTHING)));
    app.drawNow();
    const rows = () =>
      document.querySelectorAll('.stage-table tbody tr').length;
    expect(rows()).toBe(3);
    app.filter('resolve');
    for (let frame = 0; frame < 6; frame += 1) {
      app.connected(frame % 2 === 0);
      expect(frames).toHaveLength(1);
      frames.splice(0).forEach((draw) => draw());
    }
    expect(rows()).toBe(1);
  });
});
