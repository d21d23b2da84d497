'use strict';

/**
 * @typedef {import('./runs').Run} Run
 * @typedef {import('../../types/results').Stage} Stage
 */

/** What is known of a stage whose execution completed before it did. */
class Outliving {
  /**
   * @param {Run} run
   * @param {Stage} stage
   * @param {string} name
   */
  constructor(run, stage, name) {
    this.run = run;
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
  /**
   * What is known of a stage that outlives its execution; of all else, the run that ended.
   *
   * @type {WeakMap<object, Run | Outliving>}
   */
  #known = new WeakMap();
  #warned = new WeakSet();

  /**
   * Takes in an execution that was abandoned, with the stages that ran in it.
   *
   * @param {Run} run
   */
  abandoned(run) {
    this.#known.set(run.execution, run);
    for (const { stage } of run.openStages()) this.#known.set(stage, run);
  }

  /**
   * Takes in the stages that run as their execution completes.
   *
   * @param {Run} run
   */
  completed(run) {
    for (const { stage, name } of run.openStages())
      this.#known.set(stage, new Outliving(run, stage, name));
  }

  /**
   * Whether an object is of an execution that has ended.
   *
   * @param {object} started
   */
  knows(started) {
    return this.#known.has(started);
  }

  /**
   * Takes out what is known of a stage that outlived its execution; null for any other.
   *
   * @param {unknown} stage
   */
  takeOutliving(stage) {
    const known =
      typeof stage === 'object' && stage !== null
        ? this.#known.get(stage)
        : undefined;
    if (!(known instanceof Outliving)) return null;
    this.#known.delete(/** @type {object} */ (stage));
    return known;
  }

  /**
   * Whether a call is of an execution that was abandoned, and the first one that is.
   *
   * @param {unknown} started
   */
  callOf(started) {
    const run =
      typeof started === 'object' && started !== null
        ? this.#known.get(started)
        : undefined;
    if (run === undefined || run instanceof Outliving)
      return { isAbandoned: false, isFirst: false };
    const isFirst = !this.#warned.has(run);
    this.#warned.add(run);
    return { isAbandoned: true, isFirst, id: run.id };
  }
}

module.exports = { Ended };
