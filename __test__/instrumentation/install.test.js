'use strict';

const { mock } = require('node:test');
const { ActionAwareStructuredTrace } = require('../..');
const { installPipelineMetrics } = require('../../js/instrumentation/install');
const { measurePipeline } = require('../../js/instrumentation/measure');
const {
  BasePipelineStage,
  withStageMetrics,
} = require('../../js/instrumentation/stages');
const { newCollector } = require('../fixtures/collector');
const {
  HostTrace,
  PipelineResult,
  SilentBus,
  makeFilter,
  makeHost,
  makeLogger,
  makeStage,
} = require('../fixtures/host');
const {
  RecordingCollector,
  brokenCollector,
} = require('../fixtures/recordingCollector');
const { refuse, traps } = require('../fixtures/throwing');

const HOST_NAMES = [
  'ComponentFiltering',
  'PrerequisiteEvaluation',
  'MultiTargetResolution',
  'TargetComponentValidation',
  'ActionFormatting',
];

let host;
let collector;
beforeEach(() => {
  host = makeHost();
  collector = new RecordingCollector();
});

/** The classes that are wired, and the collector. */
const wiring = () => {
  const { Pipeline, PipelineStage } = host;
  return { Pipeline, PipelineStage, metrics: collector };
};

const install = (options) =>
  installPipelineMetrics({ ...wiring(), ...options });

const run = (stages, context = { trace: null }) =>
  new host.Pipeline(stages, makeLogger()).execute(context);

const stage = (name, work = () => PipelineResult.success()) =>
  makeStage(host.PipelineStage, name, work);

const executeOf = (Class) =>
  Object.getOwnPropertyDescriptor(Class.prototype, 'execute');

describe('an installed engine', () => {
  it('has each run recorded with its five stages', async () => {
    install();
    await run(HOST_NAMES.map((name) => stage(name)));
    expect(collector.shape).toEqual([
      [
        'component_filtering',
        'prerequisite_evaluation',
        'multi_target_resolution',
        'target_component_validation',
        'action_formatting',
      ],
    ]);
    expect(collector.isSettled).toBe(true);
  });

  it('reports how many actions a run is given', async () => {
    install();
    await run([stage('A')], { candidateActions: [1, 2, 3], actions: [1] });
    await run([stage('A')], { actions: [1] });
    await run([stage('A')]);
    const counts = [...collector.executions.values()].map(
      ({ context }) => context.actionCount,
    );
    expect(counts).toEqual([3, 1, 0]);
  });

  it('counts the items of each result, whatever the context has', async () => {
    install();
    await run(
      [
        stage('Nothing'),
        stage('Targets', () =>
          PipelineResult.success({ data: { resolved: [1, 2, 3] } }),
        ),
        stage('Actions', () => PipelineResult.success({ actions: [1] })),
      ],
      { candidateActions: [1, 2, 3, 4] },
    );
    expect(collector.stages.map(({ result }) => result.itemsProcessed)).toEqual(
      [0, 3, 1],
    );
  });

  it('has a stage that returns errors, throws or rejects recorded as failed', async () => {
    install();
    await run([stage('Returns', () => PipelineResult.failure(['a', 'b']))]);
    await run([stage('Throws', refuse)]);
    await run([
      stage('Partial', () => PipelineResult.success({ errors: [1] })),
    ]);
    expect(
      collector.stages.map(({ result }) => [result.success, result.errorCount]),
    ).toEqual([
      [false, 2],
      [false, 1],
      [false, 1],
    ]);
    const runs = [...collector.executions.values()];
    expect(runs.map(({ result }) => result.totalErrors)).toEqual([2, 1, 1]);
  });

  it('gives what the bare engine gives', async () => {
    const works = [
      () => ({ data: { candidateActions: [1, 2] } }),
      (context) => ({ actions: context.candidateActions, errors: ['soft'] }),
      () => {
        throw new Error('hard');
      },
      () => ({ actions: [9] }),
    ];
    const runAll = () =>
      run(
        works.map((work, i) =>
          stage(`S${i}`, (context) => PipelineResult.success(work(context))),
        ),
      ).then((result) => JSON.parse(JSON.stringify(result)));
    const bare = await runAll();
    install();
    expect(await runAll()).toEqual(bare);
    installPipelineMetrics({
      ...wiring(),
      metrics: brokenCollector(refuse),
    });
    expect(await runAll()).toEqual(bare);
  });

  it('separates concurrent runs of the same stages', async () => {
    install();
    const order = [];
    const stages = ['A', 'B'].map((name) =>
      stage(name, async ({ id, waits }) => {
        for (let i = 0; i < waits; i++) await null;
        order.push(`${name}${id}`);
        return PipelineResult.success({ data: { list: Array(id) } });
      }),
    );
    const waits = [9, 1, 5, 0, 7];
    await Promise.all(waits.map((n, id) => run(stages, { id, waits: n })));
    expect(order.slice(0, 2)).not.toEqual(['A0', 'B0']);
    expect(collector.shape).toEqual(waits.map(() => ['a', 'b']));
    const runs = [...collector.executions.values()];
    runs.forEach(({ stages: recorded }, id) => {
      const items = recorded.map(({ result }) => result.itemsProcessed);
      expect(items).toEqual([id, id]);
    });
  });

  it('works with the host’s own trace in the context, which does not notice', async () => {
    install();
    const trace = new HostTrace({
      actionTraceFilter: makeFilter(),
      actorId: 'a',
    });
    await run([stage('A')], { trace });
    expect(collector.shape).toEqual([['a']]);
    expect(trace.spans).toEqual(['Pipeline']);
    expect(Reflect.ownKeys(trace)).toEqual(['traceContext', 'traceConfig']);
  });

  it('measures a stage outside of any pipeline as an execution of its own', async () => {
    install();
    await stage('Alone').execute({});
    expect(collector.shape).toEqual([['alone']]);
    expect(collector.isSettled).toBe(true);
  });

  it('survives contexts that are nothing, or cannot be read', async () => {
    install();
    const hostile = traps('get');
    const any = stage('Any', () => 'result');
    for (const context of [undefined, null, 5, hostile]) {
      expect(await any.execute(context)).toBe('result');
    }
    await expect(run([any], hostile)).rejects.toThrow('hands off');
    expect(collector.isSettled).toBe(true);
  });

  it('estimates sizes only where it is asked to', async () => {
    const result = { success: true, actions: [], errors: [], data: {} };
    install();
    await stage('A', () => result).execute({ a: 1 });
    install({ estimateSizes: true });
    await stage('A', () => result).execute({ a: 1 });
    const [without, having] = collector.stages;
    expect(without.context).toBeUndefined();
    expect(without.result.outputSize).toBe(0);
    expect(having.context).toEqual({ inputSize: 7 });
    expect(having.result.outputSize).toBe(JSON.stringify(result).length);
    const [, execution] = [...collector.executions.values()];
    expect(execution.result.finalOutputSize).toBe(having.result.outputSize);
  });

  it('works a size out after the clock was read', async () => {
    install({ estimateSizes: true });
    const order = [];
    collector.onCompletion = () => order.push('clock');
    const result = { toJSON: () => order.push('size') };
    await stage('A', () => result).execute({});
    expect(order[0]).toBe('clock');
    expect(order.filter((what) => what === 'size')).toHaveLength(1);
  });
});

describe('a stage with an execute of its own', () => {
  const own = () =>
    new (class OwnStage extends host.PipelineStage {
      async execute() {
        return PipelineResult.success({ actions: [1] });
      }
    })('Own');

  it('that does not call super runs unmeasured', async () => {
    install();
    expect((await run([own(), stage('B')])).actions).toEqual([1]);
    expect(collector.shape).toEqual([['b']]);
  });

  it('that calls super is measured from there', async () => {
    install();
    class Around extends host.PipelineStage {
      async execute(context) {
        await null;
        return super.execute({ ...context, added: true });
      }

      async executeInternal({ added }) {
        return PipelineResult.success({ data: { added } });
      }
    }
    expect((await run([new Around('Around')])).data).toEqual({ added: true });
    expect(collector.shape).toEqual([['around']]);
  });

  it('is measured where its class is named, once even if it calls super', async () => {
    class Around extends host.PipelineStage {
      async execute(context) {
        await null;
        return super.execute(context);
      }

      async executeInternal() {
        return PipelineResult.success();
      }
    }
    const single = own();
    const { uninstall } = install({ stages: [single.constructor, Around] });
    await run([single, new Around('Around')]);
    expect(collector.shape).toEqual([['own', 'around']]);
    uninstall();
    await run([single, new Around('Around')]);
    expect(collector.executions.size).toBe(1);
  });

  it('may be a plain object: it runs unmeasured and untouched, unless it is named', async () => {
    const plain = {
      name: 'PlainStage',
      execute: jest.fn(async () => PipelineResult.success()),
    };
    const { execute } = plain;
    install();
    await run([plain]);
    expect(plain.execute).toBe(execute);
    expect(execute).toHaveBeenCalledTimes(1);
    expect(collector.shape).toEqual([[]]);
    const { uninstall } = install({ stages: [plain] });
    await run([plain]);
    expect(collector.shape).toEqual([[], ['plain']]);
    expect(Object.keys(plain)).toEqual(['name', 'execute']);
    uninstall();
    expect(plain.execute).toBe(execute);
  });

  it('that is a mock of a test still is one', async () => {
    install();
    const mocked = stage('Mocked');
    const spy = jest.spyOn(mocked, 'execute');
    await run([mocked]);
    expect(spy).toHaveBeenCalledTimes(1);
    expect(collector.shape).toEqual([['mocked']]);
  });

  it('from the mixin is recorded once', async () => {
    install();
    class Mixed extends withStageMetrics(host.PipelineStage) {
      async executeInternal() {
        return PipelineResult.success();
      }
    }
    const services = { logger: makeLogger(), eventBus: new SilentBus() };
    class Base extends BasePipelineStage {
      async executeInternal() {
        return PipelineResult.success();
      }
    }
    await run([new Mixed('Mixed'), new Base(services)]);
    expect(collector.shape).toEqual([['mixed', 'base']]);
    expect(collector.isSettled).toBe(true);
  });
});

describe('an installation', () => {
  it('puts back the very descriptors', () => {
    const before = [host.Pipeline, host.PipelineStage].map(executeOf);
    const { uninstall } = install();
    const during = [host.Pipeline, host.PipelineStage].map(executeOf);
    during.forEach(({ value, ...flags }, i) => {
      const { value: original, ...originalFlags } = before[i];
      expect(value).not.toBe(original);
      expect(flags).toEqual(originalFlags);
      expect([value.name, value.length]).toEqual(['execute', 1]);
    });
    uninstall();
    expect([host.Pipeline, host.PipelineStage].map(executeOf)).toEqual(before);
    uninstall();
    expect([host.Pipeline, host.PipelineStage].map(executeOf)).toEqual(before);
  });

  it('over an inherited execute leaves none behind', () => {
    class Sub extends host.PipelineStage {}
    const { uninstall } = install({ PipelineStage: Sub });
    expect(executeOf(Sub)).toBeDefined();
    uninstall();
    expect(executeOf(Sub)).toBeUndefined();
  });

  it('made twice is one', async () => {
    install();
    const again = install();
    await run([stage('A')]);
    expect(collector.shape).toEqual([['a']]);
    again.uninstall();
    await run([stage('A')]);
    expect(collector.executions.size).toBe(1);
  });

  it('with a later collector takes over, and ends with that one only', async () => {
    const original = executeOf(host.Pipeline);
    const later = new RecordingCollector();
    const first = install();
    const second = install({ metrics: later });
    first.uninstall();
    await run([stage('A')]);
    expect([collector.shape, later.shape]).toEqual([[], [['a']]]);
    second.uninstall();
    expect(executeOf(host.Pipeline)).toEqual(original);
  });

  it('of a collector that was disposed of since leaves the others working', async () => {
    const [first, later] = [newCollector(), newCollector()].map(
      ({ metrics }) => metrics,
    );
    install({ metrics: first });
    install({ metrics: later });
    later.dispose();
    await run([stage('A')]);
    await stage('B').execute({});
    expect(
      first
        .getPipelineMetrics()
        .map(({ stageBreakdown }) => stageBreakdown[0].stageName),
    ).toEqual(['a', 'b']);
    first.dispose();
    await run([stage('A')]);
  });

  it.each([
    ['carried', { contained: false }],
    ['alone', { contained: true }],
  ])(
    'of a collector that was disposed of in a run, %s, leaves the rest of it to no other',
    async (_, options) => {
      const [first, later] = [newCollector(), newCollector()].map(
        ({ metrics }) => metrics,
      );
      install({ ...options, metrics: first });
      install({ ...options, metrics: later });
      const nested = () => run([stage('C')]);
      await run([
        stage('A', () => {
          later.dispose();
          return PipelineResult.success();
        }),
        stage('B', nested),
      ]);
      expect(first.getPipelineMetrics()).toEqual([]);
      expect(first.getDiagnostics().stagesOutsidePipelines).toBe(0);
      await run([stage('D')]);
      expect(first.getStageMetrics('d')).toHaveLength(1);
    },
  );

  it.each([
    ['carried', { contained: false }],
    ['alone', { contained: true }],
  ])(
    'that is uninstalled in a run, %s, leaves the rest of it to no other',
    async (_, options) => {
      const [first, later] = [newCollector(), newCollector()].map(
        ({ metrics }) => metrics,
      );
      const original = executeOf(host.Pipeline);
      const one = install({ ...options, metrics: first });
      const { uninstall } = install({ ...options, metrics: later });
      await run([
        stage('A', () => {
          uninstall();
          return PipelineResult.success();
        }),
        stage('B', () => run([stage('C')])),
      ]);
      expect([...first.stageMetrics.keys()]).toEqual([]);
      expect(first.getDiagnostics().stagesOutsidePipelines).toBe(0);
      expect([...later.stageMetrics.keys()]).toEqual(['a']);
      await run([stage('D')]);
      expect(first.getStageMetrics('d')).toHaveLength(1);
      const again = install({ ...options, metrics: later });
      await run([stage('E')]);
      expect(later.getStageMetrics('e')).toHaveLength(1);
      again.uninstall();
      one.uninstall();
      expect(executeOf(host.Pipeline)).toEqual(original);
    },
  );

  it('of a trace whose collector was disposed of in a run leaves the rest to no other', async () => {
    const [first, later] = [newCollector(), newCollector()].map(
      ({ metrics }) => metrics,
    );
    install({ metrics: later });
    install({ metrics: first });
    const trace = new ActionAwareStructuredTrace({
      traceId: 't',
      performanceMetrics: later,
    });
    await measurePipeline(trace, null, async () => {
      later.dispose();
      await stage('A').execute({});
    });
    await stage('B').execute({});
    expect(first.stageMetrics.has('a')).toBe(false);
    expect(first.getStageMetrics('b')).toHaveLength(1);
  });

  it('that changes hands during a run ends the run where it began', async () => {
    const later = new RecordingCollector();
    install();
    const change = stage('Change', () => {
      install({ metrics: later });
      return PipelineResult.success();
    });
    await run([change]);
    expect([collector.shape, later.shape]).toEqual([[['change']], []]);
    expect(collector.isSettled).toBe(true);
  });

  it('that ends during a run ends the run all the same', async () => {
    const { uninstall } = install();
    const end = stage('End', () => {
      uninstall();
      return PipelineResult.success();
    });
    await run([end, stage('After')]);
    expect(collector.shape).toEqual([['end']]);
    expect(collector.isSettled).toBe(true);
  });

  it('under another wrapper falls silent, and leaves that in place', async () => {
    const { uninstall } = install();
    const spy = jest.spyOn(host.PipelineStage.prototype, 'execute');
    uninstall();
    await run([stage('A')]);
    expect(spy).toHaveBeenCalledTimes(1);
    expect(collector.executions.size).toBe(0);
  });

  it('made again over another wrapper records once', async () => {
    install();
    const spy = jest.spyOn(host.PipelineStage.prototype, 'execute');
    install();
    await run([stage('A')]);
    expect(spy).toHaveBeenCalledTimes(1);
    expect(collector.shape).toEqual([['a']]);
  });

  it('over a mock that is a Proxy, as those of node:test, shows its calls', async () => {
    const mocked = mock.method(host.PipelineStage.prototype, 'execute');
    const { uninstall } = install();
    await run([stage('A')]);
    expect(host.PipelineStage.prototype.execute.mock.callCount()).toBe(1);
    expect(collector.shape).toEqual([['a']]);
    uninstall();
    mocked.mock.restore();
  });

  it('works under fake timers', async () => {
    jest.useFakeTimers();
    try {
      install();
      await run([stage('A')]);
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
    expect(collector.isSettled).toBe(true);
  });

  it.each([
    ['nothing', () => undefined],
    ['no Pipeline', () => ({ ...wiring(), Pipeline: undefined })],
    ['a Pipeline without execute', () => ({ ...wiring(), Pipeline: class {} })],
    ['an object as PipelineStage', () => ({ ...wiring(), PipelineStage: {} })],
    ['no collector', () => ({ ...wiring(), metrics: undefined })],
    [
      'half a collector',
      () => ({ ...wiring(), metrics: { startStageExecution() {} } }),
    ],
    ['stages that are no array', () => ({ ...wiring(), stages: 'all' })],
    [
      'a stage that cannot execute',
      () => ({ ...wiring(), stages: [{ name: 'x' }] }),
    ],
    ['no stage at all', () => ({ ...wiring(), stages: [null] })],
  ])('of %s is refused, with nothing wrapped', (_, optionsOf) => {
    const before = executeOf(host.Pipeline);
    const options = optionsOf();
    expect(() =>
      installPipelineMetrics(options && { metrics: collector, ...options }),
    ).toThrow(
      expect.objectContaining({
        name: 'TypeError',
        code: 'ERR_PPM_INVALID_ARG',
      }),
    );
    expect(executeOf(host.Pipeline)).toEqual(before);
  });
});
