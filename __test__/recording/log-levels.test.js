'use strict';

/** Lines that the logger would not print are not made, where it can be asked. */

const {
  newCollector,
  recordingLogger,
  runPipeline,
  settle,
} = require('../fixtures/collector');
const { refuse } = require('../fixtures/throwing');

const lines = ({ logger }) => ({
  debug: logger.debug.mock.calls.length > 0,
  info: logger.info.mock.calls.length > 0,
});

function printed(answers) {
  const world = newCollector({ logger: { ...recordingLogger(), ...answers } });
  runPipeline(world, 'e', [['a', 5]]);
  return lines(world);
}

const at = (level) => (asked) =>
  ['error', 'warn', 'info', 'debug'].indexOf(asked) <=
  ['error', 'warn', 'info', 'debug'].indexOf(level);

describe('a logger that prints', () => {
  it.each([
    ['warnings, by isLevelEnabled', { isLevelEnabled: at('warn') }],
    [
      'warnings, by isDebugEnabled and isInfoEnabled',
      { isDebugEnabled: () => false, isInfoEnabled: () => false },
    ],
    ['warnings, by its level', { level: 'warn' }],
    ['nothing, by its level', { level: 'silent' }],
  ])('%s, gets no debug or info line', (_how, answers) => {
    expect(printed(answers)).toEqual({ debug: false, info: false });
  });

  it.each([
    ['isLevelEnabled', { isLevelEnabled: at('info') }],
    ['isDebugEnabled', { isDebugEnabled: () => false }],
    ['its level', { level: 'info' }],
  ])('info by %s, gets no debug line', (_how, answers) => {
    expect(printed(answers)).toEqual({ debug: false, info: true });
  });

  it.each([
    ['cannot be asked', {}],
    ['answers nothing', { isLevelEnabled: () => undefined }],
    ['has a level of its own kind', { level: 30 }],
    ['has a level by a name of its own', { level: 'chatty' }],
    ['throws when asked', { isLevelEnabled: refuse }],
  ])('we do not know what, for it %s, gets every line', (_how, answers) => {
    expect(printed(answers)).toEqual({ debug: true, info: true });
  });
});

it('a level that changes counts from the next execution on', async () => {
  let level = 'warn';
  const logger = {
    ...recordingLogger(),
    isLevelEnabled: (asked) => at(level)(asked),
  };
  const world = newCollector({ logger });
  runPipeline(world, 'quiet', [['a', 5]]);
  await settle();
  expect(lines(world)).toEqual({ debug: false, info: false });
  level = 'debug';
  runPipeline(world, 'loud', [['a', 5]]);
  await settle();
  expect(lines(world)).toEqual({ debug: true, info: true });
});

it('a logger is asked once an execution, not once a line', () => {
  const isLevelEnabled = jest.fn(() => true);
  const world = newCollector({
    logger: { ...recordingLogger(), isLevelEnabled },
  });
  isLevelEnabled.mockClear();
  const stages = Array.from({ length: 10 }, (_, i) => [`s${i}`, 1]);
  runPipeline(world, 'e', stages);
  expect(isLevelEnabled.mock.calls.map(([level]) => level)).toEqual([
    'debug',
    'info',
  ]);
});

it('a warning is written whatever the level says', () => {
  const world = newCollector({
    logger: { ...recordingLogger(), isLevelEnabled: () => false },
  });
  world.metrics.startStageExecution('unknown', 'a');
  expect(world.logger.warn).toHaveBeenCalledTimes(1);
});
