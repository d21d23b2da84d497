'use strict';

/** Memory is bounded for executions and stages that never end, and for very many of them. */

const { measurePipeline, measureStage } = require('../..');
const {
  newCollector,
  runStage,
  settle,
  warnings,
} = require('../fixtures/collector');

describe('maxActiveExecutions', () => {
  it('abandons the oldest running execution for one more, and counts it', () => {
    const { metrics, logger } = newCollector({
      config: { maxActiveExecutions: 3 },
    });
    const [first] = ['a', 'b', 'c', 'd'].map((id) =>
      metrics.startPipelineExecution(id),
    );
    expect([...metrics.activeExecutions.keys()]).toEqual(['b', 'c', 'd']);
    expect(metrics.getDiagnostics().abandonedExecutions).toBe(1);
    expect(metrics.startStageExecution(first, 'late')).toBeNull();
    expect(metrics.completePipelineExecution(first)).toBeUndefined();
    expect(warnings(logger)).toEqual([
      'Execution a was abandoned; its calls do nothing',
    ]);
    for (const id of ['b', 'c', 'd'])
      expect(metrics.completePipelineExecution(id).executionId).toBe(id);
  });

  it('keeps to the order of the starts when executions in between have ended', () => {
    const { metrics } = newCollector({ config: { maxActiveExecutions: 3 } });
    for (const id of ['a', 'b', 'c']) metrics.startPipelineExecution(id);
    metrics.completePipelineExecution('b');
    metrics.startPipelineExecution('d');
    metrics.startPipelineExecution('e');
    expect([...metrics.activeExecutions.keys()]).toEqual(['c', 'd', 'e']);
  });

  it('holds no more of many executions that never complete', () => {
    const { metrics } = newCollector({ config: { maxActiveExecutions: 50 } });
    for (let i = 0; i < 1000; i += 1) {
      metrics.startPipelineExecution(`e${i}`);
      metrics.startStageExecution(`e${i}`, 'handle');
    }
    expect(metrics.activeExecutions.size).toBe(50);
    expect(metrics.getDiagnostics().abandonedExecutions).toBe(950);
  });
});

describe('maxStagesPerExecution', () => {
  it('counts the stages beyond it in their history, and in one row of the execution', () => {
    const world = newCollector({ config: { maxStagesPerExecution: 3 } });
    const { metrics } = world;
    metrics.startPipelineExecution('e');
    for (let i = 0; i < 5; i += 1) runStage(world, 'e', 'a', 10);
    const execution = metrics.completePipelineExecution('e');
    const rows = [
      { stageName: 'a', count: 3, duration: 30, percentage: 60 },
      { stageName: '(overflow)', count: 2, duration: 20, percentage: 40 },
    ];
    expect(execution.stageBreakdown).toMatchObject(rows);
    expect(execution.criticalPath).toHaveLength(3);
    expect(metrics.getStageMetrics('a')).toHaveLength(5);
    expect(metrics.getStageMetrics('a').at(-1)).toMatchObject({
      executionId: 'e',
      duration: 10,
    });
    expect(metrics.getStageMetrics('(overflow)')).toEqual([]);
    expect(metrics.getQuantiles('a').count).toBe(5);
    expect(metrics.performanceBaselines.get('a').count).toBe(5);
    const stored = metrics.pipelineExecutions.get('e');
    expect(stored.stageBreakdown).toMatchObject(rows);
  });

  it('raises the alerts of a stage beyond it', () => {
    const world = newCollector({ config: { maxStagesPerExecution: 1 } });
    const { metrics, events } = world;
    metrics.setStageThreshold('a', { maxDuration: 5 });
    metrics.startPipelineExecution('e');
    runStage(world, 'e', 'a', 1);
    runStage(world, 'e', 'a', 10);
    expect(events).toMatchObject([
      { payload: { type: 'duration_exceeded', executionId: 'e' } },
    ]);
  });

  it('completes a stage beyond it once', () => {
    const { metrics } = newCollector({ config: { maxStagesPerExecution: 1 } });
    metrics.startPipelineExecution('e');
    metrics.startStageExecution('e', 'a');
    const beyond = metrics.startStageExecution('e', 'b');
    expect(metrics.completeStageExecution('e', beyond)).toBe(beyond);
    expect(metrics.completeStageExecution('e', beyond)).toBeUndefined();
    expect(metrics.getStageMetrics('b')).toHaveLength(1);
  });
});

describe('many stages at once', () => {
  const COUNT = 300;

  it.each([
    ['in the order they started', (handles) => handles],
    ['the latest first', (handles) => [...handles].reverse()],
    [
      'every other one first',
      (handles) => [
        ...handles.filter((_, i) => i % 2 === 0),
        ...handles.filter((_, i) => i % 2 === 1),
      ],
    ],
  ])('are each completed by their handle, %s', (_order, inOrder) => {
    const { metrics } = newCollector();
    metrics.startPipelineExecution('e');
    const handles = Array.from({ length: COUNT }, (_, i) =>
      metrics.startStageExecution('e', `s${i % 7}`),
    );
    for (const handle of inOrder(handles))
      expect(metrics.completeStageExecution('e', handle)).toBe(handle);
    for (const handle of handles)
      expect(metrics.completeStageExecution('e', handle)).toBeUndefined();
    expect(metrics.getDiagnostics().duplicateCompletions).toBe(COUNT);
  });

  it('are completed by name, the latest of that name first', () => {
    const { metrics } = newCollector();
    metrics.startPipelineExecution('e');
    const handles = Array.from({ length: COUNT }, (_, i) =>
      metrics.startStageExecution('e', i % 2 === 0 ? 'even' : 'odd'),
    );
    const even = handles.filter((_, i) => i % 2 === 0).reverse();
    for (const handle of even)
      expect(metrics.completeStageExecution('e', 'even')).toBe(handle);
    expect(metrics.completeStageExecution('e', 'even')).toBeUndefined();
    expect(metrics.completeStageExecution('e', 'odd')).toBe(handles.at(-1));
  });
});

describe('maxHistorySize, lowered,', () => {
  function filled() {
    const world = newCollector();
    for (let i = 0; i < 50; i += 1) {
      world.metrics.startPipelineExecution(`e${i}`);
      runStage(world, `e${i}`, 'old', 1);
      world.metrics.completePipelineExecution(`e${i}`);
    }
    world.metrics.config.maxHistorySize = 10;
    return world;
  }

  it('trims every stage and the executions at the next cleanup', () => {
    const { metrics } = filled();
    metrics.cleanupOldExecutions();
    expect(metrics.getStageMetrics('old')).toHaveLength(10);
    expect(metrics.getPipelineMetrics()).toHaveLength(10);
    expect([...metrics.pipelineExecutions.keys()].at(0)).toBe('e40');
  });

  it('trims a pipeline history that was changed apart from the executions', () => {
    const { metrics } = filled();
    metrics.pipelineExecutions.delete('e49');
    metrics.cleanupOldExecutions();
    expect(metrics.pipelineExecutions.size).toBe(10);
    expect(metrics.getPipelineMetrics()).toHaveLength(10);
  });
});

it('a stage of an execution that was abandoned is not taken for one of those that run since', async () => {
  const { metrics } = newCollector({ config: { maxActiveExecutions: 1 } });
  const ends = [];
  const pending = () => new Promise((resolve) => ends.push(resolve));
  const run = (name) =>
    measurePipeline(metrics, { executionId: name }, () => {
      measureStage(metrics, name, null, pending);
      return pending();
    });
  for (const name of ['a', 'b', 'c']) run(name);
  // Of each its stage, then itself.
  const [endA, , endB, , endC, endLast] = ends;
  for (const end of [endA, endB, endC]) end();
  await settle();
  endLast();
  await settle();
  expect([...metrics.stageMetrics.keys()]).toEqual(['c']);
  expect(metrics.getPipelineMetrics()).toMatchObject([
    { executionId: 'c', stageBreakdown: [{ stageName: 'c', count: 1 }] },
  ]);
});
