/** @jest-environment node */
'use strict';

const { newCollector, runPipeline } = require('../fixtures/collector');

const traceOf = (metrics, options) => JSON.parse(metrics.exportTrace(options));

/** Intervals by track, in the order in which they stand. */
function tracksOf({ traceEvents }) {
  const tracks = new Map();
  for (const { ph, tid, ts, dur, name, args } of traceEvents) {
    if (ph !== 'X') continue;
    if (!tracks.has(tid)) tracks.set(tid, []);
    tracks.get(tid).push({ name, ts, end: ts + dur, args });
  }
  return tracks;
}

const NANOSECOND = 1e-3;

/** Throws where two intervals of a track overlap without one being inside of the other. */
function expectNested(events) {
  const open = [];
  let before = -Infinity;
  for (const event of events) {
    expect(event.ts).toBeGreaterThanOrEqual(before);
    before = event.ts;
    while (open.length > 0 && open.at(-1).end <= event.ts + NANOSECOND / 2)
      open.pop();
    if (open.length > 0)
      expect(event.end).toBeLessThanOrEqual(open.at(-1).end + NANOSECOND / 2);
    open.push(event);
  }
}

/** Stages inside of stages, side by side and overlapping, at times that are no whole numbers. */
function tangled(world, id) {
  const { metrics, clock } = world;
  metrics.startPipelineExecution(id);
  const start = (name, parent) => {
    const stage = metrics.startStageExecution(id, name, { parent });
    clock.advance(1 / 3);
    return stage;
  };
  const end = (stage, result) => {
    clock.advance(0.7);
    return metrics.completeStageExecution(id, stage, result);
  };
  const outer = start('outer');
  const inner = start('inner', outer);
  const innermost = start('innermost', inner);
  const beside = start('beside');
  end(innermost, { itemsProcessed: 4 });
  end(inner);
  end(outer);
  start('never completed');
  end(beside, { errorCount: 2 });
  end(start('after'));
  metrics.completePipelineExecution(id);
}

describe('exportTrace', () => {
  it('has a track for each execution, on which its stages nest', () => {
    const world = newCollector();
    for (let run = 0; run < 20; run += 1) tangled(world, `run-${run}`);
    const trace = traceOf(world.metrics);
    const tracks = tracksOf(trace);
    for (const events of tracks.values()) expectNested(events);
    const executions = [...tracks.values()].filter(
      ([first]) => first.name === 'pipeline',
    );
    expect(executions).toHaveLength(20);
    expect(executions[0].map(({ name }) => name)).toEqual([
      'pipeline',
      'outer',
      'inner',
      'innermost',
      'after',
    ]);
    const all = [...tracks.values()].flat().map(({ name }) => name);
    expect(all.filter((name) => name === 'beside')).toHaveLength(20);
    expect(all).not.toContain('never completed');
  });

  it('says items, errors and self time of each stage', () => {
    const world = newCollector();
    tangled(world, 'run');
    const events = [...tracksOf(traceOf(world.metrics)).values()].flat();
    const of = (name) => events.find((event) => event.name === name);
    expect(of('innermost').args).toMatchObject({ items: 4, errors: 0 });
    expect(of('beside').args).toMatchObject({ errors: 2 });
    const { args, ts, end } = of('outer');
    const within = of('inner');
    expect(args.selfMs * 1000).toBeCloseTo(
      end - ts - (within.end - within.ts),
      2,
    );
    expect(of('pipeline').args.executionId).toBe('run');
  });

  it('counts heap and running executions in the order of time', () => {
    const world = newCollector();
    for (let run = 0; run < 3; run += 1)
      runPipeline(world, `run-${run}`, [['load', 1.5]]);
    runPipeline(world, 'took no time', []);
    const { traceEvents } = traceOf(world.metrics);
    const counts = (name) =>
      traceEvents.filter((event) => event.ph === 'C' && event.name === name);
    for (const name of ['heap', 'active executions']) {
      const times = counts(name).map(({ ts }) => ts);
      expect(times.length).toBeGreaterThan(0);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
    expect(
      counts('active executions').map(({ args }) => args.executions),
    ).toEqual([1, 0, 1, 0, 1, 0]);
  });

  it('has the newest alone, of hostile names, too', () => {
    const world = newCollector();
    const hostile = '</script>"\\\n\u202e\ud800';
    runPipeline(world, 'old', [['load', 1]]);
    runPipeline(world, hostile, [[hostile, 1]]);
    const [events, ...others] = tracksOf(
      traceOf(world.metrics, { last: 1, format: 'chrome' }),
    ).values();
    expect(others).toHaveLength(0);
    expect(events[0].args.executionId).toBe(hostile.toWellFormed());
    expect(events[1].name).toBe(hostile.toWellFormed());
  });

  it.each([
    { last: 0 },
    { last: 1.5 },
    { format: 'otlp' },
    { first: 3 },
    'chrome',
  ])('refuses %j', (options) => {
    expect(() => newCollector().metrics.exportTrace(options)).toThrow(
      expect.objectContaining({ code: 'ERR_PPM_INVALID_ARG' }),
    );
  });

  it('is a trace without events before anything has run', () => {
    expect(tracksOf(traceOf(newCollector().metrics)).size).toBe(0);
  });
});
