/** @jest-environment node */
'use strict';

const { EventBus } = require('../engine/bus');
const { Logger } = require('../engine/logger');
const { Pipeline } = require('../engine/pipeline');
const { PipelineResult } = require('../engine/result');
const { PipelineStage } = require('../engine/stage');
const { keepingLogger } = require('./smallWorld');

/** A stage that records the context it got and answers as asked. */
class ScriptedStage extends PipelineStage {
  constructor(name, answer) {
    super(name);
    this.answer = answer;
    this.contexts = [];
  }

  async executeInternal(context) {
    this.contexts.push(context);
    return this.answer(context);
  }
}

const succeed = (parts) => () => PipelineResult.success(parts);

describe('a pipeline', () => {
  test('hands each stage what the ones before it left', async () => {
    const first = new ScriptedStage('First', succeed({ data: { a: 1, b: 1 } }));
    const second = new ScriptedStage('Second', succeed({ data: { b: 2 } }));
    const third = new ScriptedStage('Third', succeed({ actions: ['act'] }));
    const { logger } = keepingLogger();
    const result = await new Pipeline([first, second, third], logger).execute({
      actor: 'ann',
    });
    expect(first.contexts).toEqual([{ actor: 'ann' }]);
    expect(second.contexts[0]).toEqual({
      actor: 'ann',
      a: 1,
      b: 1,
      actions: [],
      errors: [],
    });
    expect(third.contexts[0]).toMatchObject({ a: 1, b: 2 });
    expect(result).toEqual(
      new PipelineResult({
        success: true,
        actions: ['act'],
        data: { a: 1, b: 2 },
      }),
    );
  });

  test('goes on after a failure that does not stop it, and fails', async () => {
    const failing = new ScriptedStage(
      'Failing',
      () => new PipelineResult({ success: false, errors: ['one'] }),
    );
    const last = new ScriptedStage('Last', succeed({ actions: ['act'] }));
    const { logger, lines } = keepingLogger();
    const result = await new Pipeline([failing, last], logger).execute({});
    expect(result.success).toBe(false);
    expect(result.actions).toEqual(['act']);
    expect(result.errors).toEqual(['one']);
    expect(lines).toEqual(['warn stage Failing reported errors']);
  });

  test('stops where a stage says so', async () => {
    const stopping = new ScriptedStage(
      'Stopping',
      succeed({ continueProcessing: false }),
    );
    const never = new ScriptedStage('Never', succeed());
    const { logger } = keepingLogger();
    const result = await new Pipeline([stopping, never], logger).execute({});
    expect(never.contexts).toEqual([]);
    expect(result.success).toBe(true);
    expect(result.continueProcessing).toBe(false);
  });

  test('turns a throw into a failure that keeps what was gathered', async () => {
    const before = new ScriptedStage('Before', succeed({ actions: ['act'] }));
    const throwing = new ScriptedStage('Throwing', () => {
      throw new RangeError('no such place');
    });
    const never = new ScriptedStage('Never', succeed());
    const { logger, lines } = keepingLogger();
    const pipeline = new Pipeline([before, throwing, never], logger);
    const result = await pipeline.execute({});
    expect(result.success).toBe(false);
    expect(result.continueProcessing).toBe(false);
    expect(result.actions).toEqual(['act']);
    expect(result.errors).toEqual([
      {
        stageName: 'Throwing',
        phase: 'PIPELINE_EXECUTION',
        error: 'no such place',
      },
    ]);
    expect(never.contexts).toEqual([]);
    expect(lines).toEqual(['error stage Throwing threw: no such place']);
  });

  test('takes plain objects as stages, and at least one of them', async () => {
    const { logger } = keepingLogger();
    const plain = { name: 'Plain', execute: async () => succeed()() };
    const result = await new Pipeline([plain], logger).execute({});
    expect(result.success).toBe(true);
    expect(() => new Pipeline([], logger)).toThrow(TypeError);
  });
});

describe('the base of stages', () => {
  test('cannot be made itself', () => {
    expect(() => new PipelineStage('Any')).toThrow(TypeError);
  });

  test('rejects where a subclass does nothing', async () => {
    class Idle extends PipelineStage {}
    await expect(new Idle('Idle').execute({})).rejects.toThrow(
      'stage Idle has no executeInternal()',
    );
  });
});

describe('a result', () => {
  test('of a failure stops the pipeline and takes one error or many', () => {
    expect(PipelineResult.failure('one')).toMatchObject({
      success: false,
      errors: ['one'],
      continueProcessing: false,
    });
    expect(PipelineResult.failure(['a', 'b']).errors).toEqual(['a', 'b']);
  });

  test('leaves both sides of a merge as they were', () => {
    const earlier = PipelineResult.success({ actions: [1], data: { a: 1 } });
    const later = PipelineResult.failure('late', { a: 2 });
    const merged = earlier.merge(later);
    expect(merged).toEqual(
      new PipelineResult({
        success: false,
        actions: [1],
        errors: ['late'],
        data: { a: 2 },
        continueProcessing: false,
      }),
    );
    expect(earlier).toEqual(
      PipelineResult.success({ actions: [1], data: { a: 1 } }),
    );
  });
});

describe('the event bus', () => {
  test('takes a name and a payload, as the engine does', () => {
    expect(EventBus.prototype.dispatch).toHaveLength(2);
  });

  test('waits for every listener of that name and no other', async () => {
    const bus = new EventBus(keepingLogger().logger);
    const heard = [];
    bus.subscribe('here', async (payload) => {
      await undefined;
      heard.push(['slow', payload]);
    });
    bus.subscribe('here', (payload) => heard.push(['quick', payload]));
    bus.subscribe('elsewhere', () => heard.push('wrong'));
    await expect(bus.dispatch('here', 7)).resolves.toBe(true);
    expect(heard).toEqual([
      ['slow', 7],
      ['quick', 7],
    ]);
  });

  test('logs a listener that throws, and the others still hear', async () => {
    const { logger, lines } = keepingLogger();
    const bus = new EventBus(logger);
    const heard = [];
    bus.subscribe('here', () => {
      throw new Error('deaf');
    });
    bus.subscribe('here', (payload) => heard.push(payload));
    await expect(bus.dispatch('here', 7)).resolves.toBe(false);
    expect(heard).toEqual([7]);
    expect(lines).toEqual(['error listener of here threw: deaf']);
  });

  test('forgets a listener that unsubscribed', async () => {
    const bus = new EventBus(keepingLogger().logger);
    const heard = [];
    const end = bus.subscribe('here', (payload) => heard.push(payload));
    await bus.dispatch('here', 1);
    end();
    await bus.dispatch('here', 2);
    expect(heard).toEqual([1]);
  });
});

describe('the logger', () => {
  test('counts every level and writes from its own upwards', () => {
    const lines = [];
    const logger = new Logger({
      level: 'warn',
      write: (line) => lines.push(line),
    });
    logger.debug('a');
    logger.info('b');
    logger.warn('c');
    logger.error('d');
    logger.error('e');
    expect(logger.counts).toEqual({ debug: 1, info: 1, warn: 1, error: 2 });
    expect(lines).toEqual(['warn c', 'error d', 'error e']);
  });

  test('rejects a level that does not exist', () => {
    expect(() => new Logger({ level: 'loud', write() {} })).toThrow(RangeError);
  });
});
