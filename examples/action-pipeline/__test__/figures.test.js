/** @jest-environment node */
'use strict';

const { collectFigures } = require('../figures');

const MB = 1024 * 1024;

function stageSample(duration, items, parts = {}) {
  return {
    duration,
    memoryDelta: 1000,
    success: true,
    errorCount: 0,
    throughput: {
      itemsPerSecond: duration === 0 ? 0 : (items / duration) * 1000,
    },
    ...parts,
  };
}

function pipelineSample(executionId, stages, parts = {}) {
  const total = stages.reduce((sum, [, duration]) => sum + duration, 0);
  return {
    executionId,
    totalDuration: total,
    totalMemoryDelta: 2 * MB,
    success: true,
    criticalPath: stages.map(([stageName, duration]) => ({
      stageName,
      duration,
      impact: duration / total,
    })),
    ...parts,
  };
}

/** Answers the collector's queries from the given arrays. */
function collectorOf({
  stages = {},
  pipelines = [],
  alerts = [],
  recommendations = [],
  bottlenecks = () => [],
}) {
  return {
    stageMetrics: new Map(Object.entries(stages)),
    metricsAggregator: {
      aggregate: (map) =>
        Object.fromEntries(
          [...map.keys()].map((name) => [name, { medianDuration: 42 }]),
        ),
    },
    getPipelineMetrics: () => pipelines,
    getStageMetrics: (name) => stages[name],
    getPerformanceSummary: () => ({
      stages: Object.fromEntries(Object.keys(stages).map((name) => [name, {}])),
      pipeline: { successRate: 0.75 },
    }),
    getRecentAlerts: () => alerts,
    getActiveRecommendations: () => recommendations,
    identifyBottlenecks: bottlenecks,
    analyzeTrends: ({ totalDuration }) => ({
      trend: 'stable',
      message: `last took ${totalDuration}`,
    }),
  };
}

describe('the figures of a run', () => {
  test('summarize each stage over its whole history', () => {
    const metrics = collectorOf({
      stages: {
        filter: [stageSample(1, 10), stageSample(2, 10), stageSample(3, 10)],
        format: [
          stageSample(4, 1, { memoryDelta: -500 }),
          stageSample(10, 0, { success: false, errorCount: 2 }),
          stageSample(4, 1, { errorCount: 1 }),
        ],
      },
    });
    const { stages } = collectFigures(metrics, { turns: 1 });
    expect(stages).toEqual([
      {
        name: 'filter',
        count: 3,
        meanMs: 2,
        medianMs: 2,
        p95Ms: 3,
        maxMs: 3,
        totalMs: 6,
        series: [1, 2, 3],
        share: 0.25,
        itemsPerSecond: expect.closeTo(5000, 6),
        heapBytes: 1000,
        errors: 0,
        failures: 0,
        recentMedianMs: 42,
      },
      {
        name: 'format',
        count: 3,
        meanMs: 6,
        medianMs: 4,
        p95Ms: 10,
        maxMs: 10,
        totalMs: 18,
        series: [4, 10, 4],
        share: 0.75,
        itemsPerSecond: expect.closeTo(2000 / 18, 6),
        heapBytes: 1000,
        errors: 3,
        failures: 1,
        recentMedianMs: 42,
      },
    ]);
  });

  test('leave runs whose heap was not read out of its growth', () => {
    const heaps = [null, null, 8];
    const filter = heaps.map((memoryDelta) =>
      stageSample(1, 1, { memoryDelta }),
    );
    const pipelines = heaps.map((totalMemoryDelta) =>
      pipelineSample('run', [], { totalMemoryDelta }),
    );
    const metrics = collectorOf({ stages: { filter }, pipelines });
    const { stages, pipeline } = collectFigures(metrics, {});
    expect([stages[0].heapBytes, pipeline.heapBytes]).toEqual([8, 8]);
  });

  test('draw a series of at most 24 medians, in order', () => {
    const durations = Array.from({ length: 48 }, (_, nth) => nth);
    const metrics = collectorOf({
      stages: { filter: durations.map((ms) => stageSample(ms, 1)) },
    });
    const [{ series }] = collectFigures(metrics, {}).stages;
    expect(series).toHaveLength(24);
    expect(series.slice(0, 3)).toEqual([0.5, 2.5, 4.5]);
  });

  test('count bottlenecks over all pipelines, commonest first', () => {
    const slow = { stageName: 'format', type: 'time_bottleneck' };
    const found = {
      a: [{ ...slow, severity: 'critical', impact: 60 }],
      b: [
        { ...slow, severity: 'warning', impact: 40 },
        {
          stageName: 'filter',
          type: 'efficiency_bottleneck',
          severity: 'warning',
          impact: 0.8,
        },
      ],
    };
    const metrics = collectorOf({
      pipelines: ['a', 'b'].map((id) => pipelineSample(id, [['format', 1]])),
      bottlenecks: ({ executionId }) => found[executionId],
    });
    expect(collectFigures(metrics, {}).bottlenecks).toEqual([
      {
        stage: 'format',
        type: 'time_bottleneck',
        executions: 2,
        critical: 1,
        impact: 50,
      },
      {
        stage: 'filter',
        type: 'efficiency_bottleneck',
        executions: 1,
        critical: 0,
        impact: 0.8,
      },
    ]);
  });

  test('show the commonest critical path and the slowest pipeline', () => {
    const metrics = collectorOf({
      pipelines: [
        pipelineSample('short', [['filter', 9]]),
        pipelineSample('a', [
          ['filter', 1],
          ['format', 3],
        ]),
        pipelineSample('b', [
          ['filter', 15],
          ['format', 5],
        ]),
      ],
    });
    expect(collectFigures(metrics, {}).criticalPath).toEqual({
      executions: 2,
      paths: 2,
      stages: [
        { stage: 'filter', impact: 0.5 },
        { stage: 'format', impact: 0.5 },
      ],
      slowest: {
        executionId: 'b',
        durationMs: 20,
        stage: 'filter',
        impact: 0.75,
      },
    });
  });

  test('group alerts by type and stage, errors first, with the worst', () => {
    const alert = (type, stage, severity, actual) => ({
      type,
      stage,
      severity,
      actual,
      threshold: 1,
    });
    const metrics = collectorOf({
      alerts: [
        alert('duration_exceeded', 'format', 'warning', 5),
        alert('high_error_rate', 'filter', 'error', 2),
        alert('duration_exceeded', 'format', 'warning', 9),
        alert('duration_exceeded', 'filter', 'warning', 3),
      ],
    });
    const figures = collectFigures(metrics, {});
    expect(
      figures.alerts.map(({ type, stage, count, worst }) => [
        type,
        stage,
        count,
        worst,
      ]),
    ).toEqual([
      ['high_error_rate', 'filter', 1, 2],
      ['duration_exceeded', 'format', 2, 9],
      ['duration_exceeded', 'filter', 1, 3],
    ]);
  });

  test('put recommendations of high priority first, equal ones as one', () => {
    const one = (priority, stage) => ({ type: 'any', priority, stage });
    const metrics = collectorOf({
      recommendations: [
        one('medium', 'filter'),
        one('high', 'format'),
        one('medium', 'filter'),
      ],
    });
    expect(collectFigures(metrics, {}).recommendations).toEqual([
      { ...one('high', 'format'), count: 1 },
      { ...one('medium', 'filter'), count: 2 },
    ]);
  });

  test('compare the last quarter with the first', () => {
    const metrics = collectorOf({
      pipelines: [2, 2, 3, 9, 4, 4, 3, 3].map((ms, nth) =>
        pipelineSample(`run-${nth}`, [['filter', ms]]),
      ),
    });
    const { trend, pipeline } = collectFigures(metrics, {});
    expect(trend).toEqual({
      firstMs: 2,
      lastMs: 3,
      change: 0.5,
      latest: { trend: 'stable', message: 'last took 3' },
    });
    expect(pipeline).toMatchObject({ count: 8, maxMs: 9, failures: 0 });
  });

  test('are zeros, not NaN, when nothing ran', () => {
    const figures = collectFigures(collectorOf({}), {});
    expect(figures.pipeline).toMatchObject({
      count: 0,
      meanMs: 0,
      p95Ms: 0,
      maxMs: 0,
      series: [],
    });
    expect(figures.trend).toEqual({
      firstMs: 0,
      lastMs: 0,
      change: 0,
      latest: null,
    });
    expect(JSON.stringify(figures)).not.toContain('null,');
  });
});
