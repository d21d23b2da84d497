'use strict';

/** What measures by itself, where `config.sampling` leaves executions out. */

const {
  ActionAwareStructuredTrace,
  installPipelineMetrics,
  measurePipeline,
  measureStage,
} = require('../..');
const {
  disposeThinned,
  newThinned,
  unrecordedOf,
} = require('../fixtures/thinned');

afterEach(disposeThinned);

describe('what measures by itself', () => {
  it('passes through executions that are left out, nested and asynchronous', async () => {
    const { metrics } = newThinned();
    const before = unrecordedOf(metrics);
    const kept = metrics.getPipelineMetrics().length;
    for (let nth = 0; nth < 200; nth += 1) {
      const answer = await measurePipeline(metrics, null, async () => {
        const inner = await measureStage(metrics, 'outer', null, async () => {
          await null;
          return measureStage(metrics, 'inner', null, () => nth);
        });
        measurePipeline(metrics, null, () =>
          measureStage(metrics, 'nested', null, () => inner),
        );
        return inner;
      });
      expect(answer).toBe(nth);
    }
    const { executions, stages } = unrecordedOf(metrics);
    const leftOut = executions - before.executions;
    expect(leftOut + metrics.getPipelineMetrics().length - kept).toBe(400);
    expect(leftOut).toBeGreaterThan(100);
    const recorded = ['outer', 'inner', 'nested'].reduce(
      (sum, name) => sum + metrics.getStageMetrics(name).length,
      0,
    );
    expect(stages - before.stages + recorded).toBe(600);
    expect(metrics.getDiagnostics()).toMatchObject({
      unknownReferences: 0,
      duplicateCompletions: 0,
      abandonedExecutions: 0,
    });
  });

  it('hands no summary of one that is left out to a trace', () => {
    const { metrics } = newThinned();
    const captured = jest.fn();
    class Trace extends ActionAwareStructuredTrace(class {}) {
      captureActionData(category, type, data) {
        captured(data.executionId);
      }
    }
    const trace = new Trace({ performanceMetrics: metrics });
    const recorded = [];
    for (let nth = 0; nth < 50; nth += 1) {
      const { executionId, sampled } = trace.startPipelineExecution();
      const stage = trace.startStageExecution('s');
      expect(stage.executionId).toBe(executionId);
      expect(trace.completeStageExecution(stage)).toBe(stage);
      trace.completePipelineExecution();
      if (sampled !== false) recorded.push(executionId);
    }
    expect(recorded.length).toBeGreaterThan(10);
    expect(recorded.length).toBeLessThan(40);
    expect(captured.mock.calls.flat()).toEqual(recorded);
  });

  it('passes an error on from one that is left out', () => {
    const { metrics } = newThinned();
    const boom = new Error('boom');
    for (let nth = 0; nth < 50; nth += 1)
      expect(() =>
        measureStage(metrics, 's', null, () => {
          throw boom;
        }),
      ).toThrow(boom);
    expect(metrics.activeExecutions.size).toBe(0);
  });

  it('measures an installed engine, whose results are the same either way', async () => {
    class PipelineStage {
      async execute(context) {
        return { success: true, data: context.n + 1 };
      }
    }
    class Pipeline {
      async execute(context) {
        return new PipelineStage().execute(context);
      }
    }
    const { metrics } = newThinned();
    const kept = metrics.getPipelineMetrics().length;
    const before = unrecordedOf(metrics).executions;
    const installed = installPipelineMetrics({
      Pipeline,
      PipelineStage,
      metrics,
    });
    for (let n = 0; n < 100; n += 1)
      expect((await new Pipeline().execute({ n })).data).toBe(n + 1);
    installed.uninstall();
    const recorded = metrics.getPipelineMetrics().length - kept;
    expect(recorded).toBeGreaterThan(20);
    expect(recorded + unrecordedOf(metrics).executions - before).toBe(100);
  });
});
