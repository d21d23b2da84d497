'use strict';

/**
 * @import { Stage } from '../../types/results'
 * @import { RunningExecution } from './running-executions'
 */

/** A stage that outlived its execution. */
class Outliving {
  /** @param {RunningExecution} execution @param {Stage} stage @param {string} name */
  constructor(execution, stage, name) {
    this.execution = execution;
    this.name = name;
    this.startTime = stage.startTime;
    this.startMemory = stage.startMemory;
    this.context = { ...stage.context };
  }
}

/**
 * Executions and stages started directly that no longer run, but that a caller may still complete:
 * those of abandoned executions, and stages that outlive theirs. They are found by the object that
 * their start returned, as long as the caller holds it.
 */
class Ended {
  /** @type {WeakMap<object, RunningExecution | Outliving>} - by what a start returned; nothing else is in it */
  #known = new WeakMap();
  #warned = new WeakSet();

  /** @param {RunningExecution} execution */
  abandoned(execution) {
    this.#known.set(execution.handle, execution);
    for (const { stage } of execution.openStages())
      this.#known.set(stage, execution);
  }

  /** @param {RunningExecution} execution */
  completed(execution) {
    for (const { stage, name } of execution.openStages())
      this.#known.set(stage, new Outliving(execution, stage, name));
  }

  /** @param {object} started */
  knows(started) {
    return this.#known.has(started);
  }

  /** @param {unknown} stage @returns the record of a stage that outlived its execution; else null */
  takeOutliving(stage) {
    const known = this.#known.get(/** @type {object} */ (stage));
    if (!(known instanceof Outliving)) return null;
    this.#known.delete(/** @type {object} */ (stage));
    return known;
  }

  /**
   * Whether a call concerns an abandoned execution, and is the first that does.
   * @param {unknown} started
   */
  callOf(started) {
    const execution = this.#known.get(/** @type {object} */ (started));
    if (execution === undefined || execution instanceof Outliving)
      return { isAbandoned: false, isFirst: false };
    const isFirst = this.isFirst(execution);
    return { isAbandoned: true, isFirst, id: execution.id };
  }

  /** @param {RunningExecution} execution @returns true at the first call for it */
  isFirst(execution) {
    const isFirst = !this.#warned.has(execution);
    this.#warned.add(execution);
    return isFirst;
  }
}

module.exports = { Ended };
