'use strict';

const { analysisFrom } = require('../boundary/analysis-decoders');
const { PIPELINE_TOTAL } = require('../config/thresholds');
const { Core } = require('./core');
const { idOf, toId, toName } = require('./names');
const { Run } = require('./runs');
const { checkEventBus, checkLogger } = require('../config/settings');
const { invalidArg } = require('../errors');
const { layout } = require('../boundary/native');
const { executionEnded, stageEnded } = require('./channels');
const { rowsOf } = require('./custom-labels');
const { asked } = require('../boundary/call-native');
const { Sink } = require('./sink');
const { abandon } = require('./wired');
const {
  warnOfCompletion,
  warnOfEnd,
  warnOfRestart,
  warnOfStart,
} = require('./warnings');
const {
  alertsFrom,
  executionEnd,
  executionFrom,
  fillExecution,
  fillStage,
  stageFrom,
  startedExecution,
  startedStage,
} = require('../boundary/decoders');

// As constants of this module, so that the compiler folds them into the accesses.
const {
  SLOT,
  SPAN,
  STAGE,
  NOW,
  WALL,
  HEAP,
  CAPTURE_USAGE,
  ACTION_COUNT,
  VERBOSITY,
  ENVIRONMENT,
  INPUT_SIZE,
  EXPECTED_OUTPUT_SIZE,
  COMPLEXITY,
  CONFIGURATION,
  PARENT,
  SUCCESS,
  OUTPUT_SIZE,
  ITEMS,
  ERRORS,
  WARNINGS,
  RETRIES,
  BYTES,
  STATUS,
  START,
  ALERTS,
  CLEANUP_DUE,
  EVICTED,
  HEAP_AT,
} = layout.slab;
const { STAGE: STAGE_OF_SPAN } = layout.span;
const { SPAN_AT, ALERTS_AT, PIPELINE_AT } = layout.at;
const { DONE, LARGE, STALE } = layout.status;

/** Key of a collector's private {@link Core}. */
const CORE = Symbol('core');
/** Key of a collector's private {@link Sink}. */
const SINK = Symbol('sink');

function hidden(target, key, value) {
  Object.defineProperty(target, key, { value });
}

/**
 * Starts and completes executions and stages: what every run calls. Nothing here throws,
 * whatever the arguments, the clock, the sampler, the logger or the event bus do.
 */
class ExecutionRecorder {
  constructor(options) {
    const { logger, eventBus, verbosityConfig = null } = options;
    this.logger = checkLogger(logger);
    this.eventBus = checkEventBus(eventBus);
    this.verbosityConfig = verbosityConfig;
    hidden(this, SINK, new Sink(this, options));
    hidden(
      this,
      CORE,
      new Core(this, this[SINK], { ...options, verbosityConfig }, () =>
        this.#cleanupQuietly(),
      ),
    );
    this.config = this[CORE].config;
  }

  /** Heap in use, in bytes; 0 where it cannot be read. */
  getCurrentMemoryUsage() {
    return this[CORE].probes.heapInUse();
  }

  startPipelineExecution(executionId, context) {
    const core = this[CORE];
    if (core.closed) return null;
    this[SINK].askLevels();
    const id = toId(executionId);
    let actionCount = 0;
    let traceVerbosity = 'basic';
    let environment = 'unknown';
    let labels = null;
    if (context !== undefined && context !== null) {
      try {
        actionCount = core.number(context.actionCount);
        traceVerbosity = text(context.traceVerbosity, traceVerbosity);
        environment = text(context.environment, environment);
        const given = context.labels;
        if (given !== undefined) labels = core.customLabels.read(given);
      } catch {
        core.hostileInputs += 1;
      }
    }
    const captures = core.capturesNow(this.verbosityConfig);
    core.journal.replay();
    abandonWired(core, id);
    const previous = core.runs.get(id);
    if (previous !== undefined) {
      core.abandon(previous);
      this.#abandonForRestart(previous);
    }
    const { slab } = core;
    const verbosity = core.labels.admit(traceVerbosity);
    const place = core.labels.admit(environment);
    const execution = startedExecution(id, {
      actionCount: countOf(actionCount),
      traceVerbosity,
      environment,
    });
    const heap = core.probes.startExecution(captures);
    // What ran of the caller's may have closed the collector.
    if (core.closed) return null;
    slab[HEAP] = heap;
    slab[ACTION_COUNT] = actionCount;
    slab[VERBOSITY] = verbosity;
    slab[ENVIRONMENT] = place;
    core.hot.startPipeline(id);
    if (slab[STATUS] !== DONE) {
      core.refuses(slab[STATUS], this[SINK]);
      return null;
    }
    execution.startTime = slab[START];
    execution.startMemory = heap === heap ? heap : 0;
    const run = new Run(slab[SLOT], id, execution, captures);
    run.heap = heap;
    run.heapAt = slab[START];
    if (labels !== null) run.labels = rowsOf(null, labels, NaN, NaN);
    const { runs, ended } = core;
    const replaced = runs.add(run);
    if (slab[EVICTED] !== 0) core.evict();
    // It started within this start: in a sampler, a clock or a logger.
    if (replaced !== undefined) {
      ended.abandoned(replaced);
      this.#abandonForRestart(replaced);
    }
    if (this[SINK].printsDebug) {
      this[SINK].debug(`Pipeline execution started: ${id}`, {
        actionCount,
        verbosity: traceVerbosity,
      });
    }
    return execution;
  }

  startStageExecution(executionId, stageName, stageContext) {
    const core = this[CORE];
    if (core.closed) return null;
    core.journal.replay();
    const run = core.runOf(executionId);
    if (run === undefined) return warnOfStart(core, this[SINK], executionId);
    const name = toName(stageName);
    const stageId = core.stages.admit(name);
    const known = core.stages.names[stageId];
    const context = {
      inputSize: 0,
      expectedOutputSize: 0,
      complexity: 'unknown',
    };
    const stage = startedStage(known, run.id, context);
    let inputSize = 0;
    let expectedOutputSize = 0;
    let complexity = 0;
    let configuration = 0;
    let parent = null;
    let environmentInfo;
    let labels = null;
    if (stageContext !== undefined && stageContext !== null) {
      try {
        inputSize = core.number(stageContext.inputSize);
        expectedOutputSize = core.number(stageContext.expectedOutputSize);
        const given = stageContext.complexity;
        if (typeof given === 'string' && given !== '') {
          context.complexity = given;
          complexity = core.labels.admit(given);
        }
        const hash = stageContext.configurationHash;
        if (typeof hash === 'string') {
          context.configurationHash = hash;
          configuration = core.labels.admit(hash);
        }
        parent = stageContext.parent ?? null;
        if (parent !== null) {
          if (run.isRunning(parent)) stage.parent = parent.stageName;
          else core.hostileInputs += 1;
        }
        environmentInfo = stageContext.environmentInfo;
        const own = stageContext.labels;
        if (own !== undefined) labels = core.customLabels.read(own);
      } catch {
        core.hostileInputs += 1;
      }
      context.inputSize = countOf(inputSize);
      context.expectedOutputSize = countOf(expectedOutputSize);
    }
    const { captures } = run;
    if (captures.environment)
      stage.environmentInfo = environmentInfo ?? core.environment();
    if (run.isOver) return warnOfStart(core, this[SINK], executionId);
    run.byName.set(known, stage);
    const { slab, probes } = core;
    // Everything is ready: what follows lies between the readings and the stage itself.
    let heap = probes.startStage(run);
    for (;;) {
      if (run.isOver) {
        if (run.byName.get(known) === stage) run.byName.delete(known);
        return warnOfStart(core, this[SINK], executionId);
      }
      slab[SLOT] = run.slot;
      slab[STAGE] = stageId;
      slab[HEAP] = heap;
      slab[INPUT_SIZE] = inputSize;
      slab[EXPECTED_OUTPUT_SIZE] = expectedOutputSize;
      slab[COMPLEXITY] = complexity;
      slab[CONFIGURATION] = configuration;
      slab[PARENT] = stage.parent === undefined ? -1 : run.find(parent);
      slab[CAPTURE_USAGE] = captures.usage ? 1 : 0;
      core.hot.startStage();
      if (slab[STATUS] !== STALE) break;
      // Too long ago to share; reading it may run code that writes over the slab.
      heap = probes.startStageAfresh(captures);
    }
    stage.startMemory = heap === heap ? heap : 0;
    if (slab[STATUS] !== DONE) {
      core.refuses(slab[STATUS], this[SINK]);
      return null;
    }
    // What ran of the caller's may have ended it.
    if (stage.parent !== undefined && slab[PARENT] < 0) delete stage.parent;
    run.open(stage, name, slab[SPAN]);
    stage.startTime = slab[START];
    if (labels !== null)
      run.labels = rowsOf(run.labels, labels, stageId, stage.startTime);
    return stage;
  }

  completeStageExecution(executionId, stageNameOrHandle, stageResult) {
    const core = this[CORE];
    if (core.closed) return undefined;
    core.journal.replay();
    const { slab } = core;
    const run = core.runOf(executionId ?? idOf(stageNameOrHandle));
    const span = run === undefined ? -1 : run.find(stageNameOrHandle);
    if (run === undefined || span < 0)
      return this.#completeOutside(
        run,
        executionId ?? idOf(stageNameOrHandle),
        stageNameOrHandle,
        stageResult,
      );
    core.probes.end(run);
    const wall = slab[WALL];
    const now = slab[NOW];
    let success = true;
    let outputSize = 0;
    let items = 0;
    let errors = 0;
    let warnings = 0;
    let retries = 0;
    let bytes = NaN;
    if (stageResult !== undefined && stageResult !== null) {
      try {
        success = stageResult.success !== false;
        outputSize = core.number(stageResult.outputSize);
        items = core.number(stageResult.itemsProcessed);
        errors = core.number(stageResult.errorCount);
        warnings = core.number(stageResult.warningCount);
        retries = core.number(stageResult.retryCount);
        const moved = stageResult.bytesProcessed;
        if (moved !== undefined) bytes = core.figure(moved);
      } catch {
        core.hostileInputs += 1;
      }
    }
    const heap = core.probes.heapAfterStage(run, now);
    // What ran of the caller's may have ended the execution, or the stage, which is asked below.
    if (run.isOver)
      return warnOfCompletion(
        core,
        this[SINK],
        run,
        executionId,
        stageNameOrHandle,
      );
    slab[SLOT] = run.slot;
    slab[SPAN] = span;
    slab[NOW] = now;
    slab[WALL] = wall;
    slab[HEAP] = heap;
    slab[SUCCESS] = success ? 1 : 0;
    slab[OUTPUT_SIZE] = outputSize;
    slab[ITEMS] = items;
    slab[ERRORS] = errors;
    slab[WARNINGS] = warnings;
    slab[RETRIES] = retries;
    slab[BYTES] = bytes;
    slab[CAPTURE_USAGE] = run.captures.usage ? 1 : 0;
    core.hot.completeStage();
    if (slab[STATUS] !== DONE) {
      if (core.refuses(slab[STATUS], this[SINK])) return undefined;
      return warnOfCompletion(
        core,
        this[SINK],
        run,
        executionId,
        stageNameOrHandle,
      );
    }
    return this.#stageCompleted(core, run, run.close(span, stageNameOrHandle));
  }

  /** Completes a stage that runs in no execution: one that outlived its own is recorded late. */
  #completeOutside(run, executionId, stage, stageResult) {
    const core = this[CORE];
    const outliving = core.ended.takeOutliving(stage);
    if (outliving !== null)
      return this.#completeLate(core, outliving, stage, stageResult);
    return warnOfCompletion(core, this[SINK], run, executionId, stage);
  }

  #completeLate(
    core,
    { run, name, startTime, startMemory, context },
    stage,
    given,
  ) {
    const { slab, probes, stages, labels } = core;
    probes.end(run);
    const wall = slab[WALL];
    const now = slab[NOW];
    const result = {};
    if (given !== undefined && given !== null) {
      try {
        result.success = given.success !== false;
        result.outputSize = core.number(given.outputSize);
        result.items = core.number(given.itemsProcessed);
        result.errors = core.number(given.errorCount);
        result.warnings = core.number(given.warningCount);
        result.retries = core.number(given.retryCount);
        const moved = given.bytesProcessed;
        if (moved !== undefined) result.bytes = core.figure(moved);
      } catch {
        core.hostileInputs += 1;
      }
    }
    const heap = probes.heapAfterStage(run, now);
    if (core.closed) return undefined;
    const { complexity, configurationHash } = context;
    const stageId = stages.admit(name);
    slab[START] = startTime;
    // A heap of 0 bytes is one that was not read.
    slab[HEAP_AT] = startMemory > 0 ? startMemory : NaN;
    slab[STAGE] = stageId;
    slab[INPUT_SIZE] = context.inputSize;
    slab[EXPECTED_OUTPUT_SIZE] = context.expectedOutputSize;
    slab[COMPLEXITY] = complexity === 'unknown' ? 0 : labels.admit(complexity);
    slab[CONFIGURATION] =
      configurationHash === undefined ? 0 : labels.admit(configurationHash);
    slab[NOW] = now;
    slab[WALL] = wall;
    slab[HEAP] = heap;
    slab[CAPTURE_USAGE] = 0;
    slab[SUCCESS] = result.success === false ? 0 : 1;
    slab[OUTPUT_SIZE] = result.outputSize ?? 0;
    slab[ITEMS] = result.items ?? 0;
    slab[ERRORS] = result.errors ?? 0;
    slab[WARNINGS] = result.warnings ?? 0;
    slab[RETRIES] = result.retries ?? 0;
    slab[BYTES] = result.bytes ?? NaN;
    core.hot.completeLateStage(run.id);
    if (slab[STATUS] !== DONE) {
      core.refuses(slab[STATUS], this[SINK]);
      return undefined;
    }
    core.stageOutlived(stageId);
    const completed = this.#stageCompleted(core, run, stage);
    completed.late = true;
    return completed;
  }

  #stageCompleted(core, run, started) {
    const { slab } = core;
    const { names } = core.stages;
    const stageName = names[slab[SPAN_AT + STAGE_OF_SPAN]];
    let stage = started;
    try {
      fillStage(stage, slab, SPAN_AT);
    } catch {
      // The caller froze its handle: it gets another object with the same figures.
      core.hostileInputs += 1;
      stage = stageFrom(slab, SPAN_AT, run.id, names, core.labels.names);
      run.byName.set(stageName, stage);
    }
    if (slab[ALERTS] !== 0) this.#raise(core, run, stageName);
    if (this[SINK].printsDebug) {
      const { duration, memoryDelta, throughput } = stage;
      this[SINK].debug(`Stage completed: ${stageName}`, {
        duration,
        memoryDelta,
        throughput,
      });
    }
    stageEnded(stage);
    return stage;
  }

  completePipelineExecution(executionId, pipelineResult) {
    const core = this[CORE];
    if (core.closed) return undefined;
    core.journal.replay();
    const { slab } = core;
    const run = core.runOf(executionId);
    if (run === undefined) return warnOfEnd(core, this[SINK], executionId);
    core.probes.end(run);
    const wall = slab[WALL];
    const now = slab[NOW];
    let success = true;
    let items = 0;
    let outputSize = 0;
    let errors = 0;
    if (pipelineResult !== undefined && pipelineResult !== null) {
      try {
        success = pipelineResult.success !== false;
        items = core.number(pipelineResult.totalItemsProcessed);
        outputSize = core.number(pipelineResult.finalOutputSize);
        errors = core.number(pipelineResult.totalErrors);
      } catch {
        core.hostileInputs += 1;
      }
    }
    const heap = core.probes.heapAfter(run, now);
    // What ran of the caller's may have ended it.
    if (run.isOver) return warnOfEnd(core, this[SINK], executionId);
    if (run.labels !== null) core.keepLabels(run);
    slab[SLOT] = run.slot;
    slab[NOW] = now;
    slab[WALL] = wall;
    slab[HEAP] = heap;
    slab[SUCCESS] = success ? 1 : 0;
    slab[ITEMS] = items;
    slab[OUTPUT_SIZE] = outputSize;
    slab[ERRORS] = errors;
    core.hot.completePipeline();
    core.runs.remove(run);
    if (run.stage !== null) core.ended.completed(run);
    if (slab[STATUS] !== DONE && slab[STATUS] !== LARGE) {
      core.refuses(slab[STATUS], this[SINK]);
      return undefined;
    }
    return this.#pipelineCompleted(core, run);
  }

  #pipelineCompleted(core, run) {
    const { slab } = core;
    const { names } = core.stages;
    const large = slab[STATUS] === LARGE;
    const numbers = large ? core.native.takeLarge() : slab;
    const at = large ? 0 : PIPELINE_AT;
    const cleanupDue = slab[CLEANUP_DUE] !== 0;
    let { execution } = run;
    let end;
    try {
      end = fillExecution(execution, numbers, at, names, run.byName);
    } catch {
      core.hostileInputs += 1;
      execution = executionFrom(numbers, at, run.id, names, core.labels.names);
      execution.stages = run.byName;
      end = executionEnd(numbers, at);
    }
    const { totalDuration, overallThroughput } = execution;
    const analysis = analysisFrom(
      numbers,
      end,
      run.id,
      execution.stageBreakdown,
    );
    if (slab[ALERTS] !== 0) this.#raise(core, run, PIPELINE_TOTAL);
    const sink = this[SINK];
    sink.dispatch(sink.names.analysis, analysis);
    if (sink.printsInfo) {
      sink.info(`Pipeline completed: ${run.id}`, {
        totalDuration,
        stagesExecuted: run.byName.size,
        overallThroughput,
      });
    }
    if (cleanupDue) this.#cleanupQuietly();
    executionEnded(execution);
    return execution;
  }

  /** Removes what is older than `config.retentionPeriod`. */
  cleanupOldExecutions() {
    const core = this[CORE];
    const abandoned = asked(() => core.native.cleanup(core.now()));
    if (abandoned.length === 0) return;
    const gone = new Set(abandoned);
    for (const run of core.runs.all()) {
      if (gone.has(run.slot)) core.abandon(run);
    }
    core.journal.abandoned(abandoned);
  }

  #cleanupQuietly() {
    try {
      this.cleanupOldExecutions();
    } catch {
      // Only a faulted collector refuses, and says so itself at the next call.
    }
  }

  /** Tells of the alerts in the slab, which the completion of `run` or of a stage raised. */
  #raise(core, run, stageName) {
    const { slab, stages, labels } = core;
    const count = slab[ALERTS];
    this[SINK].raise(
      stageName,
      alertsFrom(
        slab,
        ALERTS_AT,
        count,
        run.id,
        stages.names,
        labels.names,
        core.engine,
      ),
    );
  }

  #abandonForRestart(run) {
    this[CORE].close(run);
    warnOfRestart(this[SINK], run.id);
  }
}

/**
 * Makes an execution that a caller put in manually a running one, in place of one of the same
 * id. It starts when the caller says, else now.
 */
function adoptExecution(collector, executionId, given) {
  if (typeof given !== 'object' || given === null) {
    throw invalidArg('an active execution must be an object');
  }
  const core = collector[CORE];
  const id = toId(executionId);
  const { slab, labels } = core;
  const actionCount = countOf(core.number(given.context?.actionCount));
  const traceVerbosity = text(given.context?.traceVerbosity, 'basic');
  const environment = text(given.context?.environment, 'unknown');
  const verbosity = labels.admit(traceVerbosity);
  const place = labels.admit(environment);
  const startTime = core.figure(given.startTime);
  const startMemory = core.figure(given.startMemory);
  const captures = core.capturesNow(collector.verbosityConfig);
  const wall = core.wallNow();
  slab[NOW] = startTime;
  slab[WALL] = wall;
  slab[HEAP] = startMemory;
  slab[ACTION_COUNT] = actionCount;
  slab[VERBOSITY] = verbosity;
  slab[ENVIRONMENT] = place;
  core.hot.startPipeline(id);
  const execution = startedExecution(id, {
    actionCount,
    traceVerbosity,
    environment,
  });
  execution.startTime = slab[START];
  execution.startMemory = startMemory === startMemory ? startMemory : 0;
  const replaced = core.runs.add(new Run(slab[SLOT], id, execution, captures));
  if (slab[EVICTED] !== 0) core.evict();
  if (replaced === undefined) return;
  core.ended.abandoned(replaced);
  core.native.close(replaced.slot, true);
}

/** Abandons the wired execution of an id, for another of that id starts. */
function abandonWired(core, id) {
  const wired = core.journal.byId.get(id);
  if (wired === undefined) return;
  abandon(wired);
  core.journal.replay();
  warnOfRestart(core.sink, id);
}

/** The count a caller sees: the native side reads what cannot be one as 0. */
function countOf(value) {
  return value >= 0 && value < Infinity ? value : 0;
}

function text(value, fallback) {
  return typeof value === 'string' && value !== '' ? value : fallback;
}

module.exports = { CORE, SINK, ExecutionRecorder, adoptExecution };
