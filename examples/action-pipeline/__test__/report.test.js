/** @jest-environment node */
'use strict';

const { bar, sparkline, wrap } = require('../../../js/report/terminal-text');
const { count, duration, growth, percent, rate } = require('../formats');
const { WIDTH, renderReport } = require('../report');

// eslint-disable-next-line no-control-regex -- the escape that starts a colour
const ANSI = /\u001b\[\d+m/g;

const series = Array.from({ length: 24 }, (_, nth) => nth);

function stage(name, parts = {}) {
  return {
    name,
    count: 4800,
    meanMs: 0.0412,
    medianMs: 0.0305,
    p95Ms: 1.25,
    maxMs: 12.34,
    totalMs: 200,
    series,
    share: 0.25,
    itemsPerSecond: 1_234_567,
    heapBytes: 43_210,
    errors: 0,
    failures: 0,
    recentMedianMs: 0.5,
    ...parts,
  };
}

function figuresOf(parts = {}) {
  return {
    run: {
      seed: 7,
      turns: 480,
      seconds: 6.2,
      pipelines: 7680,
      entities: 563,
      actors: 96,
      actions: 85,
      offered: 912_345,
      performed: 7659,
      failed: 61,
      chronicle: 'ffe853803d3f',
      log: { debug: 0, info: 0, warn: 695, error: 11 },
      events: { alerts: 332, analyzed: 7680 },
    },
    stages: [
      stage('component_filtering'),
      stage('action_formatting', { share: 0.75, errors: 31 }),
    ],
    pipeline: stage('', { count: 7680, totalMs: 12_400 }),
    bottlenecks: [
      {
        stage: 'action_formatting',
        type: 'time_bottleneck',
        executions: 3840,
        critical: 2400,
        impact: 52.4,
      },
      {
        stage: 'component_filtering',
        type: 'efficiency_bottleneck',
        executions: 20,
        critical: 0,
        impact: 0.82,
      },
    ],
    criticalPath: {
      executions: 7600,
      paths: 2,
      stages: [
        { stage: 'component_filtering', impact: 0.25 },
        { stage: 'action_formatting', impact: 0.7 },
      ],
      slowest: {
        executionId: 'run-77',
        durationMs: 16.04,
        stage: 'action_formatting',
        impact: 0.69,
      },
    },
    recommendations: [
      {
        type: 'bottleneck_optimization',
        priority: 'high',
        stage: 'action_formatting',
        description: 'Optimize action_formatting stage performance',
        estimatedImprovement: '26% performance gain',
        count: 1,
      },
    ],
    alerts: [
      {
        type: 'high_error_rate',
        stage: 'action_formatting',
        severity: 'error',
        count: 30,
        worst: 0.125,
        threshold: 0.05,
      },
      {
        type: 'duration_exceeded',
        stage: 'component_filtering',
        severity: 'warning',
        count: 302,
        worst: 12.1,
        threshold: 8.333,
      },
    ],
    trend: {
      firstMs: 1.8,
      lastMs: 1.9,
      change: 0.0556,
      latest: { trend: 'stable', message: 'Performance is stable' },
    },
    cost: {
      pairs: 200,
      pipelines: 6400,
      onMs: 1.21,
      offMs: 1.2,
      microseconds: { median: 6.31, low: 4.2, high: 8.8 },
      percent: { median: 0.526, low: 0.35, high: 0.73 },
      spread: { reachUs: 41.2, bins: [0, 1, 4, 8, 4, 1, 0] },
    },
    ...parts,
  };
}

const plain = (parts) => renderReport(figuresOf(parts), { color: false });
const section = (text, name) =>
  text
    .split('\n\n')
    .find((part) => part.startsWith(name))
    .trimEnd()
    .split('\n');

describe('the report', () => {
  test('says what was run', () => {
    expect(section(plain(), 'ACTION PIPELINE')).toEqual([
      'ACTION PIPELINE   480 turns, 7,680 pipelines in 6.20 s',
      '563 entities, 96 of them acting, 85 actions; 912,345 offers, 7,659 performed, 61 pipelines failed',
      'seed 7, chronicle ffe853803d3f; on average 2.00 pipelines in flight, each waiting for the rest',
    ]);
  });

  test('has a row a stage with every figure in its column', () => {
    expect(section(plain(), 'STAGES')).toEqual([
      'STAGES                        count    mean  median     p95     max items/s     heap  errors  share',
      'component_filtering           4,800 41.2 µs 30.5 µs 1.25 ms 12.3 ms  1.23 M +43.2 kB       0   25 %',
      'action_formatting             4,800 41.2 µs 30.5 µs 1.25 ms 12.3 ms  1.23 M +43.2 kB      31   75 %',
      expect.stringMatching(/^whole pipeline +7,680 41\.2 µs 30\.5 µs/),
    ]);
  });

  test('draws the longest bar for the largest share', () => {
    const rows = section(plain(), 'WHERE THE TIME GOES');
    const bars = rows.slice(1, 3).map((row) => row.match(/█+/)[0].length);
    expect(bars).toEqual([10, 30]);
    expect(rows[1]).toContain('  ▁▁▁▂▂▂▃▃▃▄▄▄▅▅▅▆▆▆▇▇▇███');
    expect(rows[1]).toMatch(/ 500 µs$/);
  });

  test('names bottlenecks, critical path and recommendations', () => {
    expect(section(plain(), 'BOTTLENECKS')).toEqual([
      'BOTTLENECKS',
      '  action_formatting           time        in   50 % of pipelines, mean part  52 %, critical in 2,400',
      '  component_filtering         efficiency  in  0.3 % of pipelines, mean part  82 %',
    ]);
    expect(section(plain(), 'CRITICAL PATH')).toEqual([
      'CRITICAL PATH   of 7,600 of 7,680 pipelines; mean parts of their time, 5 % between stages',
      '  component_filtering 25 % → action_formatting 70 %',
      '  slowest: 16.0 ms, 69 % of it in action_formatting (run-77)',
    ]);
    expect(section(plain(), 'RECOMMENDATIONS')).toEqual([
      'RECOMMENDATIONS',
      '  high    Optimize action_formatting stage performance: 26% performance gain',
    ]);
  });

  test('shows alerts in the unit of what they judge', () => {
    expect(section(plain(), 'ALERTS')).toEqual([
      'ALERTS   332 stored, 332 events on the bus; the log has 695 warnings, 11 errors',
      '  error   high_error_rate     action_formatting              30 × worst     13 %, threshold 5.0 %',
      '  warning duration_exceeded   component_filtering           302 × worst  12.1 ms, threshold 8.33 ms',
    ]);
  });

  test('ends with the trend and the cost of measuring', () => {
    expect(section(plain(), 'TREND').slice(1)).toEqual([
      '  first quarter 1.80 ms, last quarter 1.90 ms a pipeline (medians): +5.6 %',
      '  latest pipeline: Performance is stable',
    ]);
    expect(section(plain(), 'WHAT MEASURING COSTS')).toEqual([
      'WHAT MEASURING COSTS   200 pairs of the same pipelines, with and without by turns',
      '  6.3 µs a pipeline (95 % interval 4.2 to 8.8) = 0.53 % (0.35 to 0.73) of 1.20 ms',
      '  differences within pairs: -41.2 µs ▁▁▄█▄▁▁ +41.2 µs',
    ]);
  });

  test('says none where there is nothing', () => {
    const text = plain({ bottlenecks: [], recommendations: [], alerts: [] });
    for (const name of ['BOTTLENECKS', 'RECOMMENDATIONS', 'ALERTS']) {
      expect(section(text, name)[1]).toBe('  none');
    }
  });

  test('never exceeds its width, whatever the names', () => {
    const long = 'a_stage_with_a_name_that_no_column_holds_'.repeat(9);
    const figures = figuresOf();
    figures.stages.push(stage(long, { errors: 1 }));
    figures.bottlenecks[0].stage = long;
    figures.alerts[0].stage = long;
    figures.criticalPath.stages.push({ stage: long, impact: 1 });
    figures.criticalPath.slowest.executionId = long;
    figures.recommendations[0].description = `Optimize ${long} and ${long}`;
    figures.trend.latest.message = long;
    for (const color of [false, true]) {
      const lines = renderReport(figures, { color })
        .replace(ANSI, '')
        .split('\n');
      const widest = lines.reduce((a, b) => (b.length > a.length ? b : a));
      expect([widest, widest.length <= WIDTH]).toEqual([widest, true]);
    }
  });

  test('has colours only when asked, and the same text without them', () => {
    const coloured = renderReport(figuresOf(), { color: true });
    expect(plain()).not.toMatch(ANSI);
    expect(coloured).toMatch(ANSI);
    expect(coloured.replace(ANSI, '')).toBe(plain());
  });
});

describe('the drawings', () => {
  test('show bars to the eighth of a cell', () => {
    expect(bar(0, 4)).toBe('    ');
    expect(bar(0.5, 4)).toBe('██  ');
    expect(bar(0.28, 4)).toBe('█▏  ');
    expect(bar(7, 4)).toBe('████');
  });

  test('show lines from 0, flat when all is 0', () => {
    expect(sparkline([0, 1, 2, 4, 8])).toBe('▁▁▂▄█');
    expect(sparkline([0, 0])).toBe('▁▁');
    expect(sparkline([])).toBe('');
  });

  test('wrap at the width', () => {
    expect(wrap(['aa', 'bb', 'cc'], ' + ', 8)).toEqual(['aa + bb', 'cc']);
  });
});

describe('the formats', () => {
  test('choose the unit by size', () => {
    expect([0, 0.0004, 0.05, 1.5, 99.95, 1500].map(duration)).toEqual([
      '0 µs',
      '0.40 µs',
      '50.0 µs',
      '1.50 ms',
      '100.0 ms',
      '1.50 s',
    ]);
    expect([12, 34_000, 1.2e6].map(rate)).toEqual(['12.0', '34.0 k', '1.20 M']);
    expect([0, 512, -43_000, 1.2e6].map(growth)).toEqual([
      '0 B',
      '+512 B',
      '-43.0 kB',
      '+1.20 MB',
    ]);
    expect([0.004, 0.125, 1].map(percent)).toEqual(['0.4 %', '13 %', '100 %']);
    expect([7, 4800, 1_234_567].map(count)).toEqual([
      '7',
      '4,800',
      '1,234,567',
    ]);
  });
});
