'use strict';

const {
  browser,
  collectorOf,
  dependencies,
  native,
} = require('../fixtures/builds');
const { recordingLogger } = require('../fixtures/collector');
const { surfaceOf } = require('../fixtures/surface');

describe('the surface of the browser build', () => {
  it('has the same exports, of the same lengths', () => {
    expect(surfaceOf(browser)).toEqual(surfaceOf(native));
  });

  it.each(Object.keys(native))(
    'has a %s with the same static members',
    (name) => {
      expect(surfaceOf(browser[name])).toEqual(surfaceOf(native[name]));
    },
  );

  it('has a collector of the same members', () => {
    expect(surfaceOf(collectorOf(browser))).toEqual(
      surfaceOf(collectorOf(native)),
    );
  });

  it.each(['metricsAggregator', 'performanceAnalyzer', 'config'])(
    'has the same %s',
    (part) => {
      const [mine, other] = [
        collectorOf(browser)[part],
        collectorOf(native)[part],
      ];
      expect(surfaceOf(mine)).toEqual(surfaceOf(other));
    },
  );

  it('has the same Maps', () => {
    const maps = (api) =>
      Object.entries(collectorOf(api)).filter(
        ([, value]) => value instanceof Map,
      );
    expect(maps(browser).map(([name]) => name)).toEqual(
      maps(native).map(([name]) => name),
    );
    expect(maps(browser)).toHaveLength(6);
  });

  it('has a trace of the same members, over no base class and over one', () => {
    class Base {
      captureActionData() {}
      verbosity = 3;
    }
    for (const make of [
      (Trace) => new Trace({ traceId: 't', logger: recordingLogger() }),
      (Trace) => new (Trace(Base))(),
      (Trace) => new (class Own extends Trace {})({ traceId: 't' }),
    ]) {
      const [mine, other] = [browser, native].map((api) =>
        make(api.ActionAwareStructuredTrace),
      );
      expect(surfaceOf(mine)).toEqual(surfaceOf(other));
    }
  });

  it('has stages of the same members', () => {
    class Engine {
      execute() {}
      countProcessedItems() {}
    }
    for (const make of [
      (api) => new api.BasePipelineStage(dependencies()),
      (api) => new (api.withStageMetrics(Engine))(),
    ]) {
      expect(surfaceOf(make(browser))).toEqual(surfaceOf(make(native)));
    }
  });
});
