'use strict';

const { plantedReport } = require('../planted');

describe('the report of planted runs', () => {
  const report = plantedReport();

  it('names the stage that got slower, by how much and since which run', () => {
    expect(report).toMatch(
      /multi_target_resolution: (4[5-9]|5[0-5]) % slower since \S+ \(run-(19[7-9]|20[0-3])\)/,
    );
  });

  it('names what slow runs share', () => {
    expect(report).toContain(
      'action_formatting is slow where configurationHash is cold-cache',
    );
  });

  it('is the same every time', () => {
    expect(plantedReport()).toBe(report);
  });
});
