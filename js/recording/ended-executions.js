'use strict';

/**
 * @import { Stage } from '../../types/results'
 * @import { RunningExecution } from './running-executions'
 */

/** What is known of a stage whose execution completed before it did. */
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
 * Executions and stages that were started directly and whose later calls find nothing that runs:
 * those of executions that were abandoned, and the stages that outlive an execution. They are
 * known by what their start returned, for as long as the caller holds that.
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

  /** @param {unknown} stage @returns what is known of one that outlived its execution; else null */
  takeOutliving(stage) {
    const known = this.#known.get(/** @type {object} */ (stage));
    if (!(known instanceof Outliving)) return null;
    this.#known.delete(/** @type {object} */ (stage));
    return known;
  }

  /**
   * Whether a call is of an execution that was abandoned, and the first one that is.
   * @param {unknown} started
   */
  callOf(started) {
    const execution = this.#known.get(/** @type {object} */ (started));
    if (execution === undefined || execution instanceof Outliving)
      return { isAbandoned: false, isFirst: false };
    const isFirst = this.isFirst(execution);
    return { isAbandoned: true, isFirst, id: execution.id };
  }

  /** @param {RunningExecution} execution @returns true the first time it is asked */
  isFirst(execution) {
    const isFirst = !this.#warned.has(execution);
    this.#warned.add(execution);
    return isFirst;
  }
}

module.exports = { Ended };
