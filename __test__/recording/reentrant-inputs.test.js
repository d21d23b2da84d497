'use strict';

/** What a caller hands in is read by calling its getters, and those may call the collector. */

const { newCollector, warnings } = require('../fixtures/collector');

/** An object whose property `key` calls `act` when it is first read. */
function reading(key, act) {
  let isRead = false;
  return {
    get [key]() {
      if (!isRead) act();
      isRead = true;
      return undefined;
    },
  };
}

function newWorld() {
  const { metrics, logger } = newCollector();
  return {
    metrics,
    logger,
    start: (id) => metrics.startPipelineExecution(id),
    completions: () => ({
      executions: metrics.getPipelineMetrics().length,
      stages: metrics.getStageMetrics('a').length,
    }),
  };
}

/** Ways to end execution `e`: the id that runs after it, how many completed, how many were abandoned. */
const ENDINGS = [
  [
    'completes the execution',
    ({ metrics }) => {
      metrics.completePipelineExecution('e');
      return { completed: 1 };
    },
  ],
  [
    'completes it and starts another',
    ({ metrics, start }) => {
      metrics.completePipelineExecution('e');
      start('other');
      return { completed: 1, next: 'other' };
    },
  ],
  [
    'completes it and starts its id again',
    ({ metrics, start }) => {
      metrics.completePipelineExecution('e');
      start('e');
      return { completed: 1, next: 'e' };
    },
  ],
  [
    'starts its id over it',
    ({ start }) => {
      start('e');
      return { abandoned: 1, next: 'e' };
    },
  ],
];

/** Calls during which the execution ends, and what they say then. */
const CALLS = [
  [
    'completePipelineExecution',
    'success',
    (m, result) => m.completePipelineExecution('e', result),
    undefined,
    'Completion of an unknown execution: e',
  ],
  [
    'completeStageExecution, by name,',
    'success',
    (m, result) => m.completeStageExecution('e', 'a', result),
    undefined,
    'Stage completed in an unknown execution: e',
  ],
  [
    'completeStageExecution, by handle,',
    'retryCount',
    (m, result, handle) => m.completeStageExecution('e', handle, result),
    undefined,
    'Stage completed in an unknown execution: e',
  ],
  [
    'startStageExecution',
    'inputSize',
    (m, context) => m.startStageExecution('e', 'b', context),
    null,
    'Stage started in an unknown execution: e',
  ],
];

const CASES = CALLS.flatMap(([name, key, call, answer, warning]) =>
  ENDINGS.map(([ending, end]) => [
    name,
    ending,
    { key, call, answer, warning, end },
  ]),
);

describe('of an execution that ends as it is read,', () => {
  it.each(CASES)(
    '%s does nothing more once what it reads %s',
    (_name, _ending, { key, call, answer, warning, end }) => {
      const world = newWorld();
      const { metrics, logger, start, completions } = world;
      const first = start('e');
      const handle = metrics.startStageExecution('e', 'a');
      logger.warn.mockClear();
      let ended;
      const given = reading(key, () => {
        ended = end(world);
        if (ended.next !== undefined)
          metrics.startStageExecution(ended.next, 'a');
      });
      expect(call(metrics, given, handle)).toBe(answer);
      const { completed = 0, abandoned = 0, next } = ended;
      const isByOldHandle = abandoned > 0 && key === 'retryCount';
      expect(
        warnings(logger).filter((text) => !text.includes('again')),
      ).toEqual([
        isByOldHandle
          ? 'Execution e was abandoned; its calls do nothing'
          : warning,
      ]);
      expect([...first.stages.keys()]).toEqual(['a']);
      expect(completions()).toEqual({ executions: completed, stages: 0 });
      expect(metrics.getDiagnostics()).toMatchObject({
        abandonedExecutions: abandoned,
        unknownReferences: 1,
        duplicateCompletions: 0,
        hostileInputs: 0,
        faulted: false,
      });
      if (next === undefined) return;
      const result = { success: false, itemsProcessed: 3 };
      const stage = metrics.completeStageExecution(next, 'a', result);
      expect(stage.result).toMatchObject(result);
      const execution = metrics.completePipelineExecution(next);
      expect(execution).toMatchObject({ completed: true, executionId: next });
      expect([...execution.stages.values()]).toEqual([stage]);
      expect(completions()).toEqual({ executions: completed + 1, stages: 1 });
    },
  );

  it('a stage that its own result completes is completed once', () => {
    const { metrics, logger, start, completions } = newWorld();
    start('e');
    const below = metrics.startStageExecution('e', 'a');
    const stage = metrics.startStageExecution('e', 'a');
    logger.warn.mockClear();
    const result = reading('itemsProcessed', () =>
      metrics.completeStageExecution('e', stage, { itemsProcessed: 3 }),
    );
    expect(metrics.completeStageExecution('e', 'a', result)).toBeUndefined();
    expect(stage.result.itemsProcessed).toBe(3);
    expect(below.completed).toBe(false);
    expect(logger.warn.mock.calls).toEqual([
      ['Stage a of e has already completed'],
    ]);
    expect(metrics.getDiagnostics()).toMatchObject({
      duplicateCompletions: 1,
      unknownReferences: 0,
    });
    expect(completions().stages).toBe(1);
    expect(metrics.completeStageExecution('e', 'a')).toBe(below);
  });

  it('a stage whose result starts another of its name is the one that completes', () => {
    const { metrics, start } = newWorld();
    start('e');
    const stage = metrics.startStageExecution('e', 'a');
    let above;
    const result = reading('success', () => {
      above = metrics.startStageExecution('e', 'a');
    });
    expect(metrics.completeStageExecution('e', 'a', result)).toBe(stage);
    expect(above.completed).toBe(false);
    expect(metrics.completeStageExecution('e', 'a')).toBe(above);
  });

  it('says nothing once what it reads disposes of the collector', () => {
    const { metrics, logger, start } = newWorld();
    start('e');
    logger.warn.mockClear();
    const result = reading('success', () => metrics.dispose());
    expect(metrics.completePipelineExecution('e', result)).toBeUndefined();
    expect(logger.warn).not.toHaveBeenCalled();
    expect(metrics.getDiagnostics().unknownReferences).toBe(0);
  });
});

describe('a start', () => {
  const restarts = (logger) =>
    logger.warn.mock.calls.filter(([message]) => message.includes('again'));

  it.each(['context', 'memorySampler', 'clock', 'logger'])(
    'takes the place of the one that the %s starts under its id',
    (part) => {
      let isArmed = false;
      const startOnce = () => {
        if (!isArmed) return 1000;
        isArmed = false;
        world.metrics.startPipelineExecution('e');
        return 1000;
      };
      const world = newCollector({
        ...(part === 'memorySampler' && { memorySampler: startOnce }),
        ...(part === 'clock' && {
          clock: { now: startOnce, wallNow: () => 1000 },
        }),
      });
      const { metrics, logger } = world;
      if (part === 'logger') logger.warn.mockImplementation(startOnce);
      metrics.startPipelineExecution('before');
      metrics.startPipelineExecution('e');
      isArmed = true;
      const context = part === 'context' && reading('actionCount', startOnce);
      const execution = metrics.startPipelineExecution('e', context);
      expect(restarts(logger)).toHaveLength(2);
      expect(metrics.getDiagnostics().abandonedExecutions).toBe(2);
      expect(metrics.activeExecutions.size).toBe(2);
      expect(metrics.completePipelineExecution('e')).toBe(execution);
      expect(metrics.completePipelineExecution('e')).toBeUndefined();
      expect(metrics.getPipelineMetrics()).toHaveLength(1);
    },
  );

  it('starts nothing once its context disposes of the collector', () => {
    const { metrics } = newCollector();
    const context = reading('actionCount', () => metrics.dispose());
    expect(metrics.startPipelineExecution('e', context)).toBeNull();
    expect(metrics.activeExecutions.size).toBe(0);
  });

  it('manually takes the place of the one that its fields start under its id', () => {
    const { metrics } = newCollector();
    metrics.startPipelineExecution('before');
    const given = reading('startTime', () =>
      metrics.startPipelineExecution('e'),
    );
    metrics.activeExecutions.set('e', given);
    expect(metrics.activeExecutions.size).toBe(2);
    expect(metrics.completePipelineExecution('e')).toMatchObject({
      completed: true,
    });
    expect(metrics.activeExecutions.has('e')).toBe(false);
    expect(metrics.completePipelineExecution('e')).toBeUndefined();
    expect(metrics.getPipelineMetrics()).toHaveLength(1);
  });
});
