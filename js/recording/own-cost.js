'use strict';

const { Draws } = require('./draws');
const { isoTime } = require('../boundary/iso-time');
const { layout } = require('../boundary/native');
const { overheadFrom, stepFrom } = require('./own-cost-told');

const { NOW, THINNING } = layout.slab;
const C = layout.change;

/** While executions are thinned, recorded ones are timed up to 2^3 times as often. */
const MOST_OFTENER = 3;

/** What the calls of one sampled execution have taken so far; times in ms. */
class Timing {
  own = 0;
  sections = 0;
  stages = 0;
  readings = 0;
  /** When the call that started the execution returned. */
  begun = 0;
  observed = 0;

  constructor(detail, reading) {
    this.detail = detail;
    this.reading = reading;
  }
}

/**
 * Times every call of one execution in 256, at first and after each change of detail of one in 64,
 * and says how much detail executions capture so that the cost stays within
 * `config.overheadBudget`. The figures are made natively.
 *
 * An execution that is not sampled pays a countdown at its start, and one comparison in each
 * later call.
 *
 * With `sampling: 'adaptive'` it also says which executions are recorded. While some are not, or
 * some of those still run, every start is due and comes by here, and {@link Unrecorded} has the
 * others.
 */
class OwnCost {
  /** Executions to pass by before the next sampled one. */
  left = 0;
  /** What executions that start now capture at most; from 0, all of it, to 3. */
  detail = 0;
  /** One execution in 2^thinning is recorded. */
  thinning = 0;
  #core;
  #sink = null;
  #collector = null;
  /** The last steps of detail and of thinning, as they are told. */
  #last = { detail: null, thinning: null };
  #budget = NaN;
  #sampling = '';
  #draws = new Draws();
  /** Whether every start is due; then `#untimed` counts down to the next timed one. */
  #isThinning = false;
  #untimed = 0;
  /** Sampled executions that run. One that is abandoned stays counted: that costs a reading. */
  #running = 0;
  /** When the call in progress began, where that is not read from the injected clock. */
  #marked = 0;
  // Of the call in progress: ms in the caller's logger and bus, and how often it went there.
  #away = 0;
  #leaves = 0;
  /** What the native side last told, and for which captures; null once it may be another. */
  #figures = null;
  #figuresAsked = '';
  /** What is left of the gaps that were drawn at once, the next one last. */
  #gaps = [];

  constructor(core) {
    this.#core = core;
    this.left = this.#nextGap();
  }

  /** Whose calls are timed, and what calls its logger and event bus: what they take is not ours. */
  watch(collector, sink) {
    this.#collector = collector;
    this.#sink = sink;
  }

  /** Whether the execution that starts now is to be started from here. */
  isDue() {
    this.left -= 1;
    return this.left < 0;
  }

  /** Starts a due execution: by `start`, the method that starts any other, if it is recorded. */
  startPipeline(start, executionId, context) {
    if (this.#isThinning)
      return this.#startThinned(start, executionId, context);
    // One more, for this execution itself is counted down again as it starts.
    this.left = this.#nextGap() + 1;
    return this.#startTimed(start, executionId, context);
  }

  #startThinned(start, executionId, context) {
    const { unrecorded } = this.#core;
    if (!this.#draws.next(this.thinning))
      return unrecorded.startPipeline(executionId, context, this.thinning);
    unrecorded.makeWay(executionId);
    this.#untimed -= 1;
    const isTimed = this.#untimed < 0;
    if (isTimed) {
      const oftener = 2 ** Math.min(this.thinning, MOST_OFTENER);
      this.#untimed = Math.floor(this.#nextGap() / oftener);
    }
    this.#arrange();
    // One more, for this execution itself is counted down again as it starts.
    this.left += 1;
    const execution = isTimed
      ? this.#startTimed(start, executionId, context)
      : start.call(this.#collector, executionId, context);
    if (execution !== null) this.#makeWayAgain(execution);
    return execution;
  }

  /** Abandons the one that was started, and is left out, within the start of a recorded one. */
  #makeWayAgain(execution) {
    const { runs, unrecorded } = this.#core;
    const { executionId } = execution;
    if (runs.get(executionId)?.execution === execution)
      unrecorded.makeWay(executionId);
  }

  /** Makes every start due while executions are left out, or some left out still run. */
  #arrange() {
    const isThinning =
      this.thinning > 0 || (this.#core.unrecorded?.size ?? 0) > 0;
    if (isThinning && !this.#isThinning) this.#untimed = this.left;
    if (!isThinning && this.#isThinning) this.left = this.#untimed;
    else if (isThinning) this.left = 0;
    this.#isThinning = isThinning;
  }

  #startTimed(start, executionId, context) {
    const core = this.#core;
    const before = this.#read();
    const timing = new Timing(this.detail, this.#read() - before);
    const execution = this.#time(timing, NaN, start, executionId, context);
    if (execution === null) return null;
    const run = core.runs.get(execution.executionId);
    if (run === undefined || run.execution !== execution) return execution;
    run.timing = timing;
    this.#running += 1;
    timing.readings = 0;
    timing.begun = this.#read();
    return execution;
  }

  /** Starts a stage of a sampled execution by `start`, the method that starts any other. */
  startStage(run, start, stageName, stageContext) {
    const { timing } = run;
    run.timing = null;
    try {
      return this.#time(timing, NaN, start, run.id, stageName, stageContext);
    } finally {
      run.timing = timing;
    }
  }

  /** Completes a stage by `complete`, after a call that began at `now` of the machine's clock. */
  completeStage(run, now, complete, stage) {
    const from = this.#core.readings.hasClock ? this.#marked : now;
    run.timing.stages += 1;
    return this.#time(run.timing, from, complete, this.#core, run, stage);
  }

  /** Completes an execution likewise, and takes its cost in. */
  completePipeline(run, now, complete) {
    const { timing } = run;
    const from = this.#core.readings.hasClock ? this.#marked : now;
    timing.observed = from - timing.begun;
    const { readings } = timing;
    const execution = this.#time(timing, from, complete, this.#core, run);
    timing.readings = readings;
    this.#running -= 1;
    this.#take(timing, run.captures);
    return execution;
  }

  /** Notes when a call began, where its reading of the clock is of an injected one. */
  mark() {
    if (this.#running > 0) this.#marked = this.#read();
  }

  /** Puts the settings in force. With an injected clock no budget acts. */
  configure({ overheadBudget, sampling }) {
    if (overheadBudget === this.#budget && sampling === this.#sampling) return;
    const isFirst = Number.isNaN(this.#budget);
    // Those that were drawn before may lie too far apart now; the first ones were just drawn.
    if (!isFirst) this.#gaps = [];
    this.#budget = overheadBudget;
    this.#sampling = sampling;
    this.#figures = null;
    const acts = this.#core.readings.hasClock ? Infinity : overheadBudget;
    const mayThin = sampling === 'adaptive';
    const { native } = this.#core;
    const [detail, thinning] = native.setOverheadBudget(acts, mayThin);
    this.#putInForce(detail, thinning);
  }

  /** Calls `start`, which starts an execution whatever the thinning: it stands for itself alone. */
  asOneOfAll(start) {
    const { slab } = this.#core;
    slab[THINNING] = 0;
    try {
      start();
    } finally {
      slab[THINNING] = this.thinning;
    }
  }

  /** What `getPerformanceSummary()` tells of it. */
  summary() {
    const { captures, config, unrecorded } = this.#core;
    const figures = this.#figuresOf(captures);
    return overheadFrom(figures, config, unrecorded.counts(), this.#last);
  }

  /** The figures of the native side, asked for anew once something was sampled or set. */
  #figuresOf({ asksUsage, asksHeap }) {
    const heap = this.#core.readings.detailOf({ asksHeap });
    const asked = `${asksUsage} ${heap}`;
    if (this.#figures === null || this.#figuresAsked !== asked) {
      this.#figures = this.#core.native.overhead(asksUsage, heap);
      this.#figuresAsked = asked;
    }
    return this.#figures;
  }

  #nextGap() {
    if (this.#gaps.length === 0) {
      try {
        this.#gaps = this.#core.native.nextSampled().reverse();
      } catch {
        // Faulted: nothing is recorded any more, and nothing sampled.
        return Infinity;
      }
    }
    return this.#gaps.pop();
  }

  /** The machine's clock, in ms. */
  #read() {
    const { hot, slab } = this.#core;
    hot.tick();
    return slab[NOW];
  }

  /**
   * Calls a method of the collector, and adds what it takes to `timing`.
   *
   * @param {number} from - when the call began, where the call itself has read that; else NaN.
   *   Such a reading is part of the cost: what it adds to the interval it begins, it lacks
   *   before. Each other interval holds the cost of one reading that is not ours.
   */
  #time(timing, from, method, a, b, c) {
    const sink = this.#sink;
    const { courier } = sink;
    const [away, leaves] = [this.#away, this.#leaves];
    const hasBegun = from === from;
    this.#away = 0;
    this.#leaves = 0;
    sink.courier = this;
    const start = hasBegun ? from : this.#read();
    try {
      return method.call(this.#collector, a, b, c);
    } finally {
      const end = this.#read();
      const extra = hasBegun && !this.#core.readings.hasClock ? 0 : 1;
      timing.own += end - start - this.#away;
      timing.sections += this.#leaves + extra;
      timing.readings += 2 * this.#leaves + extra + 1;
      sink.courier = courier;
      // A listener may call in, so that this call lies within another.
      this.#away = away;
      this.#leaves = leaves;
    }
  }

  /** Calls the caller's logger or bus for the sink, and leaves out what that takes. */
  carry(target, method, args) {
    const sink = this.#sink;
    // What a listener calls is timed only where it belongs to a sampled execution itself.
    sink.courier = null;
    const from = this.#read();
    try {
      return target[method](...args);
    } finally {
      this.#away += this.#read() - from;
      this.#leaves += 1;
      sink.courier = this;
    }
  }

  #take(timing, captures) {
    let change = null;
    this.#figures = null;
    try {
      change = this.#core.native.noteTimed(
        timing.own,
        timing.sections,
        timing.stages,
        timing.observed,
        timing.readings,
        timing.reading,
        timing.detail,
        captures.asksUsage,
        this.#core.readings.detailOf(captures),
      );
    } catch {
      // Faulted since: the next call says so.
    }
    if (change !== null) this.#step(change);
  }

  /** Puts a step in force that the native side decided on, and says so. */
  #step(change) {
    // Those that were drawn before lie too far apart now.
    this.#gaps = [];
    this.#putInForce(change[C.DETAIL], change[C.THINNING]);
    const timestamp = isoTime(this.#core.wallNow());
    const { isOfDetail, isUp, told, message } = stepFrom(change, timestamp);
    this.#last[isOfDetail ? 'detail' : 'thinning'] = told;
    this.#sink[isUp ? 'info' : 'warn'](message, { ...told });
  }

  #putInForce(detail, thinning) {
    this.detail = detail;
    this.thinning = thinning;
    this.#core.slab[THINNING] = thinning;
    this.#arrange();
    this.#core.forgetCaptures();
  }
}

module.exports = { OwnCost };
