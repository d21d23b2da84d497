'use strict';

const { ActionAwareStructuredTrace } = require('../../js/index');
const { HostTrace, makeFilter, makeLogger } = require('../fixtures/host');
const { refuse } = require('../fixtures/throwing');
const {
  RecordingCollector,
  brokenCollector,
} = require('../fixtures/recordingCollector');

const bus = () => ({ dispatch() {} });

const invalid = expect.objectContaining({
  name: 'TypeError',
  code: 'ERR_PPM_INVALID_ARG',
});

class Trace extends ActionAwareStructuredTrace(class {}) {}

let collector;
let trace;
beforeEach(() => {
  collector = new RecordingCollector();
  trace = new Trace({ traceId: 'turn', performanceMetrics: collector });
});

describe('ActionAwareStructuredTrace over a base class', () => {
  it('hands all arguments to the base, and its statics on', () => {
    class Base {
      static kind = 'base';

      constructor(...args) {
        this.args = args;
      }
    }
    const Mixed = ActionAwareStructuredTrace(Base);
    const options = { traceId: 'x' };
    expect(new Mixed(1, options, 3).args).toEqual([1, options, 3]);
    expect([Mixed.kind, Mixed.name]).toEqual(['base', 'Base']);
  });

  it('goes over the host’s trace, private fields and all', () => {
    class Mixed extends ActionAwareStructuredTrace(HostTrace) {}
    const mixed = new Mixed({
      actionTraceFilter: makeFilter(['core:go'], 'detailed'),
      actorId: 'actor',
      performanceMetrics: collector,
    });
    mixed.captureActionData('stage', 'core:go', { a: 1 });
    mixed.captureActionData('stage', 'core:wait', { a: 1 });
    expect([...mixed.getTracedActions()]).toEqual([
      ['core:go', { stage: { a: 1 } }],
    ]);
    expect(mixed.actorId).toBe('actor');
    expect(mixed.startPipelineExecution().context.traceVerbosity).toBe(
      'detailed',
    );
  });

  it('adds nothing to its instances', () => {
    expect(Reflect.ownKeys(trace)).toEqual([]);
    trace.startPipelineExecution();
    trace.captureActionData('c', 't', { a: 1 });
    trace.completePipelineExecution();
    expect(Reflect.ownKeys(trace)).toEqual([]);
    expect(JSON.stringify(trace)).toBe('{}');
  });

  it('leaves properties of the base what they are', () => {
    class Base {
      constructor() {
        this.verbosity = 3;
        this.actionData = 'own';
        this.pipelineExecutionId = 'own id';
      }
    }
    const mixed = new (ActionAwareStructuredTrace(Base))({
      performanceMetrics: collector,
    });
    expect({ ...mixed }).toEqual({
      verbosity: 3,
      actionData: 'own',
      pipelineExecutionId: 'own id',
    });
    expect(mixed.startPipelineExecution().context.traceVerbosity).toBe('basic');
    mixed.captureActionData('c', 't', 1);
    expect(mixed.actionData).toBe('own');
  });

  it('refuses what is no class', () => {
    for (const wrong of [undefined, null, {}, 'text', () => 1]) {
      expect(() => ActionAwareStructuredTrace(wrong)).toThrow(invalid);
      expect(() => ActionAwareStructuredTrace.applyTo(wrong)).toThrow(invalid);
    }
  });

  it('survives arguments that cannot be read', () => {
    const hostile = new Proxy({}, { has: refuse, get: refuse });
    expect(new Trace(hostile).startPipelineExecution()).toBeNull();
  });
});

describe('ActionAwareStructuredTrace by itself', () => {
  const options = () => ({
    traceId: 'turn',
    logger: makeLogger(),
    eventBus: bus(),
    performanceMetrics: collector,
  });

  it('can be made as the ticket makes it', () => {
    const given = options();
    const made = new ActionAwareStructuredTrace(given);
    expect(made).toBeInstanceOf(ActionAwareStructuredTrace);
    expect(made.logger).toBe(given.logger);
    expect(made.verbosity).toBe('basic');
    expect(made.actionData).toEqual({});
    made.startPipelineExecution();
    made.startStageExecution('a');
    expect(made.completeStageExecution('a').completed).toBe(true);
    expect(made.completePipelineExecution().completed).toBe(true);
    expect(made.actionData.performance.pipeline_execution).toMatchObject({
      executionId: collector.executions.keys().next().value,
      performanceRating: 77,
    });
  });

  it('can be extended as the ticket extends it', () => {
    class Own extends ActionAwareStructuredTrace {
      twice() {
        return this.pipelineExecutionId.repeat(2);
      }
    }
    const own = new Own(options());
    expect(own.twice()).toMatch(/^turn-\d+turn-\d+$/);
    expect(own instanceof Own).toBe(true);
    expect(own instanceof ActionAwareStructuredTrace).toBe(true);
    expect(trace instanceof Own).toBe(false);
  });

  it('refuses a trace id, a logger and an event bus that are none', () => {
    const wrong = [
      undefined,
      {},
      { traceId: ' ' },
      { traceId: 5 },
      { traceId: 'x', logger: { debug() {} } },
      { traceId: 'x', eventBus: {} },
      { traceId: 'x', performanceMetrics: {} },
    ];
    for (const given of wrong) {
      expect(() => new ActionAwareStructuredTrace(given)).toThrow(invalid);
    }
  });
});

describe('applyTo', () => {
  /** A class of its own for each test. */
  const hostClass = () => class InPlace extends HostTrace {};
  const args = () => ({ actionTraceFilter: makeFilter(['a']), actorId: 'x' });

  it('equips a class in place, instances made before included', () => {
    const Host = hostClass();
    const before = new Host(args());
    ActionAwareStructuredTrace.applyTo(Host, { performanceMetrics: collector });
    for (const host of [before, new Host(args())]) {
      expect(host instanceof ActionAwareStructuredTrace).toBe(true);
      host.startPipelineExecution();
      host.startStageExecution('a');
      host.completeStageExecution('a');
      host.completePipelineExecution();
      host.captureActionData('s', 'a', { x: 1 });
      expect(host.getTracedActions().get('a')).toEqual({ s: { x: 1 } });
    }
    expect(collector.shape).toEqual([['a'], ['a']]);
    expect(collector.isSettled).toBe(true);
  });

  it('is undone by restore, to the very descriptors', () => {
    const Host = hostClass();
    Host.prototype.getPerformanceMetrics = () => 'the host’s own';
    const before = Object.getOwnPropertyDescriptors(Host.prototype);
    const host = new Host(args());
    const { restore } = ActionAwareStructuredTrace.applyTo(Host, {
      performanceMetrics: collector,
    });
    expect(host.getPerformanceMetrics()).toEqual({ summary: true });
    restore();
    expect(Object.getOwnPropertyDescriptors(Host.prototype)).toEqual(before);
    expect(Reflect.ownKeys(Host.prototype)).toEqual(Reflect.ownKeys(before));
    expect(host instanceof ActionAwareStructuredTrace).toBe(false);
    expect(host.getPerformanceMetrics()).toBe('the host’s own');
    expect(restore).not.toThrow();
  });

  it('leaves in place what was put over it since', () => {
    const Host = hostClass();
    const { restore } = ActionAwareStructuredTrace.applyTo(Host);
    const later = () => 'later';
    Host.prototype.startStageExecution = later;
    restore();
    expect(Host.prototype.startStageExecution).toBe(later);
    expect(Host.prototype.completeStageExecution).toBeUndefined();
  });

  it('applied again sets the collector, and does everything once', () => {
    const Host = hostClass();
    const host = new Host(args());
    ActionAwareStructuredTrace.applyTo(Host);
    expect(host.startPipelineExecution()).toBeNull();
    const { restore } = ActionAwareStructuredTrace.applyTo(Host, {
      performanceMetrics: collector,
    });
    expect(host.performanceMetrics).toBe(collector);
    ActionAwareStructuredTrace.applyTo(Host);
    expect(host.performanceMetrics).toBe(collector);
    restore();
    const captured = jest.spyOn(HostTrace.prototype, 'captureActionData');
    const other = new RecordingCollector();
    ActionAwareStructuredTrace.applyTo(Host, { performanceMetrics: other });
    expect(host.performanceMetrics).toBe(other);
    ActionAwareStructuredTrace.applyTo(Host);
    host.captureActionData('s', 'a', {});
    expect(captured).toHaveBeenCalledTimes(1);
    captured.mockRestore();
  });

  it('leaves a trace the collector that it was given itself', () => {
    const Host = hostClass();
    ActionAwareStructuredTrace.applyTo(Host);
    const host = new Host(args());
    const own = new RecordingCollector();
    host.performanceMetrics = own;
    ActionAwareStructuredTrace.applyTo(Host, { performanceMetrics: collector });
    expect(host.performanceMetrics).toBe(own);
    host.performanceMetrics = null;
    expect(host.startPipelineExecution()).toBeNull();
  });

  it('refuses a collector that is none', () => {
    const options = { performanceMetrics: { startStageExecution() {} } };
    expect(() =>
      ActionAwareStructuredTrace.applyTo(hostClass(), options),
    ).toThrow(invalid);
    expect(() => {
      trace.performanceMetrics = {};
    }).toThrow(invalid);
  });
});

describe('instanceof', () => {
  it('holds for instances of classes it made, and for nothing else', () => {
    const Other = ActionAwareStructuredTrace(HostTrace);
    class Sub extends Trace {}
    for (const made of [trace, new Sub(), Object.create(Other.prototype)]) {
      expect(made instanceof ActionAwareStructuredTrace).toBe(true);
    }
    const hostile = new Proxy({}, { get: refuse, getPrototypeOf: refuse });
    for (const other of [null, undefined, 5, {}, Trace, hostile]) {
      expect(other instanceof ActionAwareStructuredTrace).toBe(false);
    }
  });
});

describe('a trace without metrics', () => {
  it.each([
    ['is given no collector and no event bus', { traceId: 'x' }],
    ['is given null for both', { performanceMetrics: null, eventBus: null }],
    ['is set so', { eventBus: bus(), enablePerformanceMetrics: false }],
  ])('%s, and answers as the ticket says', (_, options) => {
    const bare = new Trace(options);
    expect(bare.performanceMetrics).toBeUndefined();
    expect(bare.pipelineExecutionId).toBeUndefined();
    expect(bare.startPipelineExecution({})).toBeNull();
    expect(bare.startStageExecution('a', {})).toBeNull();
    expect(bare.completeStageExecution('a', {})).toBeUndefined();
    expect(bare.completePipelineExecution({})).toBeUndefined();
    expect(bare.getStagePerformanceData('a')).toEqual([]);
    expect(bare.getPipelinePerformanceData()).toEqual([]);
    expect(bare.getPerformanceMetrics()).toEqual({
      message: 'Performance metrics not enabled for this trace',
    });
    bare.captureActionData('c', 't', 1, { includePerformanceContext: true });
    expect(bare.actionData).toEqual({ c: { t: 1 } });
  });

  it('refuses an event bus or logger that is given and is none', () => {
    expect(() => new Trace({ eventBus: {} })).toThrow(invalid);
    expect(() => new Trace({ eventBus: bus(), logger: {} })).toThrow(
      expect.objectContaining({ code: 'ERR_PPM_INVALID_ARG' }),
    );
  });
});

describe('the id of an execution', () => {
  it('is known before the first starts, and new for each', () => {
    const first = trace.pipelineExecutionId;
    expect(first).toMatch(/^turn-\d+$/);
    expect(trace.startPipelineExecution().executionId).toBe(first);
    expect(trace.pipelineExecutionId).toBe(first);
    trace.completePipelineExecution();
    expect(trace.pipelineExecutionId).toBe(first);
    const { executionId } = trace.startPipelineExecution();
    expect(executionId).not.toBe(first);
    expect(trace.pipelineExecutionId).toBe(executionId);
  });

  it('that is null is not given', () => {
    const { executionId } = trace.startPipelineExecution({ executionId: null });
    expect(executionId).toMatch(/^turn-\d+$/);
    trace.completePipelineExecution();
  });

  it('may be given', () => {
    trace.startPipelineExecution({ executionId: 'mine' });
    trace.startStageExecution('a');
    trace.completeStageExecution('a');
    expect(trace.pipelineExecutionId).toBe('mine');
    expect(collector.shape).toEqual([['a']]);
    trace.completePipelineExecution();
    expect(collector.isSettled).toBe(true);
  });

  it('of executions that nest is the innermost’s', () => {
    const outer = trace.startPipelineExecution().executionId;
    trace.startPipelineExecution();
    trace.startStageExecution('inner');
    trace.completeStageExecution('inner');
    trace.completePipelineExecution();
    expect(trace.pipelineExecutionId).toBe(outer);
    trace.startStageExecution('outer');
    trace.completeStageExecution('outer');
    trace.completePipelineExecution();
    expect(collector.shape).toEqual([['outer'], ['inner']]);
    expect(collector.isSettled).toBe(true);
  });
});

describe('captured data', () => {
  it('is handed to the base with every argument, and its answer back', () => {
    const calls = [];
    class Base {
      captureActionData(...args) {
        calls.push(args);
        return 'own';
      }
    }
    const mixed = new (ActionAwareStructuredTrace(Base))({
      performanceMetrics: collector,
    });
    const data = { a: 1 };
    expect(mixed.captureActionData('c', 't', data)).toBe('own');
    mixed.captureActionData('c', 't', data, { other: 1 }, 'fifth');
    mixed.captureActionData('c', 't', data, {
      includePerformanceContext: true,
      currentStage: 's',
      stageStartTime: 5,
    });
    expect(calls[0]).toEqual(['c', 't', data]);
    expect(calls[0][2]).toBe(data);
    expect(calls[1]).toEqual(['c', 't', data, { other: 1 }, 'fifth']);
    expect(calls[2][2]).toEqual({
      a: 1,
      _performanceContext: {
        pipelineExecutionId: mixed.pipelineExecutionId,
        currentStage: 's',
        stageStartTime: 5,
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      },
    });
    expect(data).toEqual({ a: 1 });
  });

  it('stays in the trace where the base has no place for it, under any name', () => {
    trace.captureActionData('__proto__', 'constructor', { a: 1 });
    trace.captureActionData('c', 't', 1);
    trace.captureActionData('c', 't', 2);
    expect(Object.entries(trace.actionData)).toEqual([
      ['__proto__', { constructor: { a: 1 } }],
      ['c', { t: 2 }],
    ]);
    expect({}.constructor).toBe(Object);
  });

  it.each([
    ['drops it', () => undefined],
    ['throws', refuse],
    ['rejects', () => Promise.reject(new Error('no room'))],
    ['answers with a Proxy', () => new Proxy({}, { get: refuse })],
  ])('is no matter to an execution where the base %s', async (_, capture) => {
    class Base {
      captureActionData() {
        return capture();
      }
    }
    const mixed = new (ActionAwareStructuredTrace(Base))({
      performanceMetrics: collector,
    });
    const started = mixed.startPipelineExecution();
    expect(mixed.completePipelineExecution()).toBe(started);
    await new Promise((resolve) => process.nextTick(resolve));
    expect(collector.isSettled).toBe(true);
  });
});

describe('a collector that throws from everything', () => {
  it('makes the trace answer as if it had none', () => {
    const broken = new Trace({ performanceMetrics: brokenCollector(refuse) });
    expect(broken.startPipelineExecution({})).toBeNull();
    expect(broken.startStageExecution('a')).toBeNull();
    expect(broken.completeStageExecution('a')).toBeUndefined();
    expect(broken.completePipelineExecution()).toBeUndefined();
  });
});

describe('queries', () => {
  it('are those of the collector', () => {
    expect(trace.getPerformanceMetrics()).toEqual({ summary: true });
    expect(trace.getStagePerformanceData('a')).toEqual([['stage', 'a', null]]);
    expect(trace.getStagePerformanceData('a', 5)).toEqual([['stage', 'a', 5]]);
    expect(trace.getPipelinePerformanceData()).toEqual([['pipeline', null]]);
    expect(trace.getPipelinePerformanceData(5)).toEqual([['pipeline', 5]]);
  });
});
