'use strict';

const { callIn } = require('../recording/active-execution');
const { WiredExecution, WiredStage } = require('../recording/wired');
const { FAILURE, countsOf } = require('./counts');
const { endIdle, hasIdle } = require('./follow');

/** Ends what the stages of an execution returned and what was never asked to begin. */
function endIdleIn(execution) {
  endIdle((span) => span.execution === execution && span !== execution);
}

/** The same of all executions of a collector, which is asked for its figures. */
function endIdleOf(core) {
  endIdle((span) => span.execution.core === core);
}

/** An execution whose end is that of measured code. */
class MeasuredExecution extends WiredExecution {
  succeeded(result, items) {
    const now = this.core.readings.tick();
    if (hasIdle()) endIdleIn(this);
    this.end(now, countsOf(result, items, this.readers));
  }

  failed() {
    const now = this.core.readings.tick();
    if (hasIdle()) endIdleIn(this);
    this.end(now, FAILURE);
  }

  runInContext(fn, thisArg, args) {
    return callIn(this, fn, thisArg, args);
  }
}

/** A stage of one, whose end is that of measured code. */
class MeasuredStage extends WiredStage {
  succeeded(result, items) {
    const now = this.execution.core.readings.tick();
    this.#endAt(now, countsOf(result, items, this.readers));
  }

  failed() {
    this.#endAt(this.execution.core.readings.tick(), FAILURE);
  }

  /** What it returned works later, and has not begun: when the call was over. */
  returned() {
    const { core } = this.execution;
    this.returnedAt = core.readings.tick();
    core.beforeAnswer = endIdleOf;
  }

  /** It never began: the stage is what the call was. */
  neverBegan(items = 1) {
    const counts = { success: true, items, errors: 0, outputSize: 0 };
    this.#endAt(this.returnedAt, counts);
  }

  #endAt(now, counts) {
    this.end(now, counts);
    const { opened } = this;
    if (opened !== null) opened.end(opened.core.readings.tick(), counts);
  }

  runInContext(fn, thisArg, args) {
    return callIn(this, fn, thisArg, args);
  }
}

module.exports = { MeasuredExecution, MeasuredStage };
