'use strict';

const { Run, toId, toName } = require('./core');
const { isoTime } = require('../boundary/iso-time');
const {
  efficiencyOf,
  pipelineThroughputOf,
  startedExecution,
  startedStage,
  throughputOf,
  utilizationOf,
} = require('../boundary/decoders');
const { warnOfRestart } = require('./warnings');

/** The timestamp of what read no clock. */
const NO_TIME = isoTime(0);

/** An execution that is not recorded, while it runs: its stages are found as those of any. */
class UnrecordedRun extends Run {
  /** Stages started so far. */
  started = 0;
  /** Wall clock of the first cleanup that met it, in ms; NaN before. */
  metAt = NaN;

  constructor(id, execution, thinning) {
    super(-1, id, execution, null);
    this.thinning = thinning;
  }
}

/**
 * The executions that `sampling: 'adaptive'` leaves out, while they run, and how many there were.
 * They read neither clock nor heap and reach no native code. Looked at only where no recorded
 * execution of an id runs.
 */
class Unrecorded {
  /** Those that never completed. */
  abandoned = 0;
  #core;
  #sink;
  /** @type {Map<string, UnrecordedRun>} */
  #runs = new Map();
  // Completed ones by their thinning.
  #executions = [];
  #stages = [];

  constructor(core, sink) {
    this.#core = core;
    this.#sink = sink;
  }

  /** How many run. */
  get size() {
    return this.#runs.size;
  }

  /** The one of that id that runs, or undefined. */
  runOf(executionId) {
    return this.#runs.size === 0
      ? undefined
      : this.#runs.get(toId(executionId));
  }

  /** Starts one, in place of any execution of that id. */
  startPipeline(executionId, given, thinning) {
    const core = this.#core;
    const id = toId(executionId);
    const context = executionContext(core, given);
    const unrecorded = this.runOf(id);
    if (unrecorded !== undefined) this.#abandon(unrecorded);
    const recorded = core.runs.get(id);
    if (recorded !== undefined) {
      core.runs.remove(recorded);
      core.close(recorded);
    }
    const execution = startedExecution(id, context);
    execution.sampled = false;
    this.#runs.set(id, new UnrecordedRun(id, execution, thinning));
    // Last, for the logger may start one of that id.
    if (unrecorded !== undefined || recorded !== undefined)
      warnOfRestart(this.#sink, id);
    return execution;
  }

  /** Abandons the one of that id, where a recorded one starts. */
  makeWay(executionId) {
    const run = this.runOf(executionId);
    if (run === undefined) return;
    this.#abandon(run);
    warnOfRestart(this.#sink, run.id);
  }

  /** Forgets the one of that id, which is no abandoned one. */
  forget(executionId) {
    const run = this.runOf(executionId);
    if (run !== undefined) this.#end(run);
  }

  /** A stage that starts; null where none of that id runs, or no longer once its context is read. */
  startStage(executionId, stageName, given) {
    const run = this.runOf(executionId);
    if (run === undefined) return null;
    const name = toName(stageName);
    const stage = startedStage(name, run.id, stageContext(this.#core, given));
    if (run.isOver) return null;
    stage.sampled = false;
    run.byName.set(name, stage);
    run.open(stage, name, run.started);
    run.started += 1;
    return stage;
  }

  /** A stage of `run` that completes; undefined where no such one runs once its result is read. */
  completeStage(run, stageNameOrHandle, given) {
    const span = run.find(stageNameOrHandle);
    if (span < 0) return undefined;
    const core = this.#core;
    const result = stageResult(core, given);
    const stage = run.isOver ? null : run.close(span);
    if (stage === null) return undefined;
    count(this.#stages, run.thinning);
    try {
      return fillStage(stage, result);
    } catch {
      // The caller froze its handle: it gets another object that says the same.
      core.hostileInputs += 1;
      return fillStage({ ...stage }, result);
    }
  }

  /** An execution that completes; undefined where none of that id runs once its result is read. */
  completePipeline(executionId, given) {
    const run = this.runOf(executionId);
    if (run === undefined) return undefined;
    const core = this.#core;
    const result = executionResult(core, given);
    if (run.isOver) return undefined;
    this.#end(run);
    count(this.#executions, run.thinning);
    const { execution } = run;
    try {
      return fillExecution(execution, result);
    } catch {
      core.hostileInputs += 1;
      return fillExecution({ ...execution }, result);
    }
  }

  /** Abandons what has been met running longer than a retention period, at `wall` ms. */
  cleanup(wall, retentionPeriod) {
    for (const run of this.#runs.values()) {
      if (run.metAt !== run.metAt) run.metAt = wall;
      else if (run.metAt < wall - retentionPeriod) this.#abandon(run);
    }
  }

  /** Forgets all that run. */
  clear() {
    for (const run of this.#runs.values()) this.#end(run);
  }

  /** How many completed, by how many were left out when they started. */
  counts() {
    const counts = [];
    const most = Math.max(this.#executions.length, this.#stages.length);
    for (let thinning = 1; thinning < most; thinning += 1) {
      const executions = this.#executions[thinning] ?? 0;
      const stages = this.#stages[thinning] ?? 0;
      if (executions > 0 || stages > 0)
        counts.push({ oneIn: 2 ** thinning, executions, stages });
    }
    return counts;
  }

  #abandon(run) {
    this.#end(run);
    this.abandoned += 1;
  }

  #end(run) {
    run.isOver = true;
    this.#runs.delete(run.id);
  }
}

function count(counts, thinning) {
  counts[thinning] = (counts[thinning] ?? 0) + 1;
}

/** A count or size as a recorded execution has it: 0, and counted, where it cannot be one. */
function sizeOf(core, value) {
  const size = core.number(value);
  if (size >= 0 && size < Infinity) return size;
  core.invalidNumbers += 1;
  return 0;
}

const textOf = (value, fallback) =>
  typeof value === 'string' && value !== '' ? value : fallback;

/** Lets `read` fill `target` from what a caller gave, whose getters may throw. */
function filled(core, target, given, read) {
  if (given === undefined || given === null) return target;
  try {
    read(core, target, given);
  } catch {
    core.hostileInputs += 1;
  }
  return target;
}

function readExecutionContext(core, context, given) {
  context.actionCount = sizeOf(core, given.actionCount);
  context.traceVerbosity = textOf(given.traceVerbosity, 'basic');
  context.environment = textOf(given.environment, 'unknown');
}

function executionContext(core, given) {
  const context = {
    actionCount: 0,
    traceVerbosity: 'basic',
    environment: 'unknown',
  };
  return filled(core, context, given, readExecutionContext);
}

function readStageContext(core, context, given) {
  context.inputSize = sizeOf(core, given.inputSize);
  context.expectedOutputSize = sizeOf(core, given.expectedOutputSize);
  context.complexity = textOf(given.complexity, 'unknown');
  const hash = given.configurationHash;
  if (typeof hash === 'string') context.configurationHash = hash;
}

function stageContext(core, given) {
  const context = {
    inputSize: 0,
    expectedOutputSize: 0,
    complexity: 'unknown',
  };
  return filled(core, context, given, readStageContext);
}

function readStageResult(core, result, given) {
  result.success = given.success !== false;
  result.outputSize = sizeOf(core, given.outputSize);
  result.itemsProcessed = sizeOf(core, given.itemsProcessed);
  result.errorCount = sizeOf(core, given.errorCount);
  result.warningCount = sizeOf(core, given.warningCount);
  result.retryCount = sizeOf(core, given.retryCount);
}

function stageResult(core, given) {
  const result = {
    success: true,
    outputSize: 0,
    itemsProcessed: 0,
    errorCount: 0,
    warningCount: 0,
    retryCount: 0,
  };
  return filled(core, result, given, readStageResult);
}

function readExecutionResult(core, result, given) {
  result.success = given.success !== false;
  result.totalItemsProcessed = sizeOf(core, given.totalItemsProcessed);
  result.finalOutputSize = sizeOf(core, given.finalOutputSize);
  result.totalErrors = sizeOf(core, given.totalErrors);
}

function executionResult(core, given) {
  const result = {
    success: true,
    totalItemsProcessed: 0,
    finalOutputSize: 0,
    totalErrors: 0,
  };
  return filled(core, result, given, readExecutionResult);
}

/** Fills in what completion adds to a stage: its result, and all else as if it took no time. */
function fillStage(stage, result) {
  stage.completed = true;
  stage.endTime = 0;
  stage.endMemory = 0;
  stage.duration = 0;
  stage.memoryDelta = 0;
  stage.result = result;
  stage.throughput = throughputOf(0, 0);
  stage.efficiency = efficiencyOf(0.5, 0, 1);
  stage.resourceUtilization = utilizationOf(0, 0, 0);
  stage.timestamp = NO_TIME;
  return stage;
}

/** The same for an execution. */
function fillExecution(execution, result) {
  execution.completed = true;
  execution.endTime = 0;
  execution.endMemory = 0;
  execution.totalDuration = 0;
  execution.totalMemoryDelta = 0;
  execution.result = result;
  execution.overallThroughput = pipelineThroughputOf(0, 0);
  execution.stageBreakdown = [];
  execution.criticalPath = [];
  execution.timestamp = NO_TIME;
  return execution;
}

module.exports = { Unrecorded };
