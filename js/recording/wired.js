'use strict';

// Executions and stages that write into the journal of their collector. The heap is read before the
// clock at a start and after it at an end, so that no reading falls into what is timed. Whatever
// may run code of the caller's (a clock, a sampler, getters) comes before the record is written.

const { readPipelineContext, readStageContext } = require('./caller-objects');
const { layout } = require('../boundary/native');
const { enter, leave, nextSequence } = require('./active-execution');
const { toName } = require('./names');
const { BOUNDS_AT } = require('./journal');
const lines = require('./verbose-lines');
const { warnOfAbandoned, warnOfRestart } = require('./warnings');

/**
 * @typedef {import('./core').Core} Core
 * @typedef {import('./direct-recorder').ExecutionRecorder} Collector
 * @typedef {import('../config/capture-level').Captures} Captures
 * @typedef {import('./active-execution').Span} Span
 * @typedef {object} Readers
 * @property {(result: any) => number} calculateOutputSize
 * @property {(result: any) => number} [countProcessedItems]
 * @typedef {{ success: boolean, items: number, errors: number, outputSize: number }} Counts
 * @typedef {NonNullable<ReturnType<Core['customLabels']['read']>>} ReadLabels
 */

const { RECORD_LEN, SHARED_WITHIN } = layout.at;
const {
  START_PIPELINE,
  START_STAGE,
  STAGE_SUCCEEDED,
  STAGE_FAILED,
  PIPELINE_SUCCEEDED,
  PIPELINE_FAILED,
  STAGE_CONTEXT,
  THREAD_USAGE,
  LABEL,
  ABANDON,
} = layout.record;
const { CPU, IO } = layout.slab;

/** The number for no stage around, and for no sequence. */
const NONE = -1;
/** How far apart the numbers of two labels lie that share a field. */
const LABELS_APART = 65536;

/**
 * A record that ends a stage or an execution; the place where it begins.
 *
 * @param {Pick<Core, 'journal' | 'probes'>} core
 * @param {number} kind
 * @param {number} number
 * @param {number} now
 * @param {number} heap
 * @param {Counts} counts
 */
function writeEnd(core, kind, number, now, heap, counts) {
  const { journal, probes } = core;
  journal.prepare();
  const { numbers, at } = journal;
  numbers[at] = kind;
  numbers[at + 1] = number;
  numbers[at + 2] = now;
  numbers[at + 3] = probes.wall;
  numbers[at + 4] = heap;
  numbers[at + 5] = counts.items;
  numbers[at + 6] = counts.errors;
  numbers[at + 7] = counts.outputSize;
  journal.at = at + RECORD_LEN;
}

/** An execution. Its times are ms, its heap bytes, NaN where that is not read. */
class WiredExecution {
  /** @type {Span | undefined} */
  outer = undefined;
  /** @type {Span | undefined} */
  around = undefined;
  isOver = false;
  isCarried = true;
  /** No wired execution is started through a trace. */
  trace = null;
  start = 0;
  startHeap = NaN;
  /** The heap as last read in it, and when: what a boundary close by may share. */
  heap = NaN;
  heapAt = NaN;
  /** Whether it will not end, for another of its id started or too many ran. */
  isAbandoned = false;
  /** Whether it was said that it was abandoned, as something of it ended. */
  isReported = false;
  /** @type {string | null} */
  givenId = null;
  /** The place in the order of all starts. */
  sequence = nextSequence();
  /**
   * Who says how large the result of the measured code is.
   *
   * @type {Readers | null}
   */
  readers = null;
  /**
   * The installation that opened it.
   *
   * @type {object | undefined}
   */
  target = undefined;
  /** Stages started in it. */
  stages = 0;
  /**
   * What measuring it takes, where it is one that is timed.
   *
   * @type {ReturnType<Core['ownCost']['begin']> | null}
   */
  timing = null;

  /**
   * @param {object} collector
   * @param {Core} core
   * @param {number} number
   * @param {Captures} captures
   */
  constructor(collector, core, number, captures) {
    this.collector = collector;
    this.core = core;
    this.execution = this;
    this.number = number;
    this.captures = captures;
    this.readsHeap = core.probes.isHeapDue(captures);
    this.sharesHeap = core.probes.sharesHeap;
  }

  get id() {
    return this.givenId ?? `execution-${this.sequence}`;
  }

  /** It was abandoned, and it or a stage of it ends all the same. */
  callAfterAbandonment() {
    const { core, isReported } = this;
    this.isReported = true;
    warnOfAbandoned(core, core.sink, this.id, !isReported);
  }

  /**
   * Records that it ends, and lets it go.
   *
   * @param {number} now - as `probes.tick()` answered
   * @param {Counts} counts
   */
  end(now, counts) {
    if (this.isOver) {
      if (this.isAbandoned) this.callAfterAbandonment();
      return;
    }
    const { core, number } = this;
    const { journal, probes } = core;
    let heap = NaN;
    if (this.readsHeap)
      heap =
        this.sharesHeap && now - this.heapAt <= SHARED_WITHIN
          ? this.heap
          : probes.heap();
    if (this.isOver) return;
    leave(this);
    if (core.closed) return;
    probes.noteExecution(now - this.start, this.stages + 1);
    const kind = counts.success ? PIPELINE_SUCCEEDED : PIPELINE_FAILED;
    writeEnd(core, kind, number, now, heap, counts);
    journal.remove(this);
    if (this.captures.environment) lines.executionCompleted(this, now, counts);
    const { numbers } = journal;
    const bounds = BOUNDS_AT + 2 * core.pipelineTotal;
    if (
      counts.errors > 0 ||
      now - this.start > numbers[bounds] ||
      heap - this.startHeap > numbers[bounds + 1]
    )
      journal.replay();
    journal.executionEnded();
  }
}

/** A stage of one. */
class WiredStage {
  isOver = false;
  /** @type {Span | undefined} */
  around = undefined;
  start = 0;
  heap = NaN;
  /** @type {Readers | null} */
  readers = null;
  inputSize = 0;
  /**
   * The execution that was opened for this stage alone.
   *
   * @type {WiredExecution | null}
   */
  opened = null;
  returnedAt = 0;

  /**
   * @param {WiredExecution} execution
   * @param {Span} outer
   * @param {number} number
   * @param {number} stage
   */
  constructor(execution, outer, number, stage) {
    this.collector = execution.collector;
    this.execution = execution;
    this.outer = outer;
    this.isCarried =
      execution.isCarried && !execution.core.callsAtOnce.isExpected(stage);
    this.number = number;
    this.stage = stage;
  }

  /**
   * Records that it ends; arguments as for an execution.
   *
   * @param {number} now
   * @param {Counts} counts
   */
  end(now, counts) {
    if (this.isOver) return;
    this.isOver = true;
    const { execution, number } = this;
    const { core, captures } = execution;
    const { journal, probes } = core;
    let heap = NaN;
    if (captures.usage) core.hot.usage();
    if (execution.readsHeap) {
      heap = probes.heap();
      execution.heap = heap;
      execution.heapAt = now;
    }
    if (core.closed) return;
    if (captures.usage) writeUsage(core);
    const kind = counts.success ? STAGE_SUCCEEDED : STAGE_FAILED;
    writeEnd(core, kind, number, now, heap, counts);
    journal.giveBack(number);
    if (captures.environment) lines.stageCompleted(this, now, heap, counts);
    const { numbers } = journal;
    const bounds = BOUNDS_AT + 2 * this.stage;
    if (
      counts.errors > 0 ||
      now - this.start > numbers[bounds] ||
      heap - this.heap > numbers[bounds + 1]
    )
      journal.replay();
    if (!execution.isOver) return;
    if (execution.isAbandoned) execution.callAfterAbandonment();
    else core.stageOutlived(this.stage);
  }
}

/**
 * Writes what the thread used when it was last read: part of the record that follows.
 *
 * @param {Pick<Core, 'slab' | 'journal'>} core
 */
function writeUsage({ slab, journal }) {
  journal.prepare();
  const { numbers, at } = journal;
  numbers[at] = THREAD_USAGE;
  numbers[at + 1] = slab[CPU];
  numbers[at + 2] = slab[IO];
  journal.at = at + RECORD_LEN;
}

/**
 * Writes what else was said of a stage: part of the record that follows.
 *
 * @param {Pick<Core, 'journal'>} core
 * @param {ReturnType<typeof readStageContext>} read
 */
function writeStageContext({ journal }, read) {
  journal.prepare();
  const { numbers, at } = journal;
  numbers[at] = STAGE_CONTEXT;
  numbers[at + 1] = read.expectedOutputSize;
  numbers[at + 2] = read.complexityId;
  numbers[at + 3] = read.configurationId;
  journal.at = at + RECORD_LEN;
}

/**
 * Writes custom labels, as they were read, for what has `number`.
 *
 * @param {Pick<Core, 'journal'>} core
 * @param {number} number
 * @param {ReadLabels} labels
 */
function writeLabels({ journal }, number, labels) {
  for (const label of labels) {
    journal.prepare();
    const { numbers, at } = journal;
    numbers[at] = LABEL;
    numbers[at + 1] = number;
    numbers[at + 2] = label.nameId;
    numbers[at + 3] = label.kind;
    numbers[at + 4] = label.number;
    journal.at = at + RECORD_LEN;
  }
}

/**
 * Abandons the execution of an id that runs, for another of that id starts.
 *
 * @param {Core} core
 * @param {string} id
 */
function abandonEarlier(core, id) {
  const earlier = core.journal.byId.get(id);
  if (earlier !== undefined) abandon(earlier);
  const isDirect = core.abandonDirect(id);
  if (earlier !== undefined || isDirect) warnOfRestart(core.sink, id);
}

/**
 * Releases an execution that will not end.
 *
 * @param {WiredExecution} execution
 */
function abandon(execution) {
  const { core, number } = execution;
  const { journal } = core;
  execution.isAbandoned = true;
  leave(execution);
  journal.prepare();
  const { numbers, at } = journal;
  numbers[at] = ABANDON;
  numbers[at + 1] = number;
  journal.at = at + RECORD_LEN;
  journal.remove(execution);
}

/**
 * Starts an execution; null where the collector records nothing.
 *
 * @template {WiredExecution} T
 * @param {new (...args: any[]) => T} Execution
 * @param {object & { verbosityConfig: unknown }} collector
 * @param {Core} core
 * @param {import('../../types/inputs').NamedPipelineContext | null | undefined} given
 * @param {boolean | 'auto'} contained - as for `enter`
 * @returns {T | null}
 */
function startExecution(Execution, collector, core, given, contained) {
  if (core.closed) return null;
  const timing = core.ownCost.takeTurn() ? core.ownCost.begin() : null;
  const read = readPipelineContext(core, given);
  const { journal, probes } = core;
  const captures = core.capturesNow(collector.verbosityConfig);
  if (read.id !== null) abandonEarlier(core, read.id);
  // What ran of the caller's may have closed the collector.
  if (core.closed) return null;
  const execution = new Execution(collector, core, journal.take(), captures);
  enter(execution, contained);
  const heap = execution.readsHeap ? probes.heapAtStart() : NaN;
  journal.prepare();
  const now = probes.tick();
  execution.start = now;
  execution.startHeap = heap;
  execution.heap = heap;
  execution.heapAt = now;
  execution.givenId = read.id;
  if (core.startListeners.length > 0)
    for (const listen of core.startListeners) listen(execution.id);
  // Again: a clock of the caller's may have called the collector.
  journal.prepare();
  journal.add(execution);
  const { numbers, at } = journal;
  numbers[at] = START_PIPELINE;
  numbers[at + 1] = execution.number;
  numbers[at + 2] = now;
  numbers[at + 3] = probes.wall;
  numbers[at + 4] = heap;
  numbers[at + 5] = read.actionCount;
  numbers[at + 6] = read.place * LABELS_APART + read.verbosity;
  numbers[at + 7] = read.id === null ? execution.sequence : NONE;
  journal.at = at + RECORD_LEN;
  if (read.labels !== null) writeLabels(core, execution.number, read.labels);
  if (captures.environment)
    lines.executionStarted(execution, read.actionCount, read.traceVerbosity);
  if (timing !== null) {
    execution.timing = timing;
    timing.begin();
  }
  return execution;
}

/**
 * Reads clock and heap as a stage starts: the one is answered, the other put into the stage.
 *
 * @param {WiredStage} stage
 * @param {WiredExecution} execution
 */
function readStart(stage, execution) {
  const { probes } = execution.core;
  if (!execution.readsHeap) return probes.tickAlone();
  if (!execution.sharesHeap) {
    stage.heap = probes.heap();
    return probes.tickAlone();
  }
  const now = probes.tickAlone();
  if (now - execution.heapAt <= SHARED_WITHIN) {
    stage.heap = execution.heap;
    return now;
  }
  stage.heap = probes.heap();
  // An injected clock is read once at each start.
  return probes.hasClock ? now : probes.tickAlone();
}

/**
 * Starts a stage of an execution that runs; null where it no longer does.
 *
 * @template {WiredStage} T
 * @param {new (...args: any[]) => T} Stage
 * @param {WiredExecution} execution
 * @param {Span & { number: number }} outer - the span around it: `execution`, or a stage of it, whose child it is
 * @param {unknown} stageName
 * @param {import('../../types/inputs').StageContext | null | undefined} given
 * @returns {T | null}
 */
function startStage(Stage, execution, outer, stageName, given) {
  const { core, captures, timing } = execution;
  const from = timing === null ? NaN : timing.enter();
  const { journal, stages } = core;
  const id = stages.admit(toName(stageName));
  const read =
    given === undefined || given === null
      ? null
      : readStageContext(core, given);
  if (execution.isOver || core.closed) return null;
  const stage = new Stage(execution, outer, journal.take(), id);
  execution.stages += 1;
  journal.admit(id);
  if (captures.usage) core.hot.usage();
  journal.prepare();
  const now = readStart(stage, execution);
  stage.start = now;
  if (execution.isOver || core.closed) return null;
  journal.prepare();
  if (captures.usage) writeUsage(core);
  if (read !== null) writeStageContext(core, read);
  const { numbers, at } = journal;
  numbers[at] = START_STAGE;
  numbers[at + 1] = stage.number;
  numbers[at + 2] = now;
  numbers[at + 3] = execution.number;
  numbers[at + 4] = stage.heap;
  numbers[at + 5] = id;
  numbers[at + 6] = outer === execution ? NONE : outer.number;
  numbers[at + 7] = read === null ? 0 : read.inputSize;
  if (captures.environment && read !== null) stage.inputSize = read.inputSize;
  journal.at = at + RECORD_LEN;
  if (read !== null && read.labels !== null)
    writeLabels(core, stage.number, read.labels);
  if (timing !== null) timing.leave(from);
  return stage;
}

module.exports = {
  WiredExecution,
  WiredStage,
  abandon,
  startExecution,
  startStage,
};
