'use strict';

const { layout } = require('../boundary/native');
const { idOf, toId, toName } = require('./names');

/**
 * @import { Diagnostics } from './diagnostics'
 * @import { Ended } from './ended-executions'
 * @import { Notifier } from './notifier'
 * @import { RunningExecution } from './running-executions'
 */

const { FAULTED } = layout.status;

/**
 * Warns about, and counts, calls for an execution or a stage that does not run, or no longer. A
 * disposed collector does not warn.
 */
class Warnings {
  #notifier;
  #diagnostics;
  #ended;
  /** @type {Set<string>} - names of stages that outlived their execution */
  #outlived = new Set();
  #faultReported = false;

  /** @param {Notifier} notifier @param {Diagnostics} diagnostics @param {Ended} ended */
  constructor(notifier, diagnostics, ended) {
    this.#notifier = notifier;
    this.#diagnostics = diagnostics;
    this.#ended = ended;
  }

  /** @param {string} message */
  #ofUnknown(message) {
    if (this.#notifier.isClosed) return;
    this.#diagnostics.count('unknownReferences');
    this.#notifier.warn(message);
  }

  /** @param {unknown} id @param {boolean} isFirst */
  ofAbandoned(id, isFirst) {
    if (isFirst)
      this.#ofUnknown(`Execution ${id} was abandoned; its calls do nothing`);
    else this.#diagnostics.count('unknownReferences');
  }

  /** @param {...unknown} started @returns whether it was abandoned, which is reported once */
  #isOfAbandoned(...started) {
    for (const object of started) {
      const { isAbandoned, isFirst, id } = this.#ended.callOf(object);
      if (!isAbandoned) continue;
      this.ofAbandoned(id, isFirst);
      return true;
    }
    return false;
  }

  /** @param {unknown} executionId */
  ofStart(executionId) {
    if (!this.#isOfAbandoned(executionId))
      this.#ofUnknown(
        `Stage started in an unknown execution: ${idText(executionId)}`,
      );
    return null;
  }

  /** @param {unknown} executionId */
  ofEnd(executionId) {
    if (!this.#isOfAbandoned(executionId))
      this.#ofUnknown(
        `Completion of an unknown execution: ${idText(executionId)}`,
      );
    return undefined;
  }

  /** @param {string} id - of a measured execution that runs */
  ofMeasuredEnd(id) {
    this.#ofUnknown(`Execution ${id} is measured, and completes with its code`);
    return undefined;
  }

  /**
   * @param {RunningExecution | undefined} execution - the one meant
   * @param {unknown} executionId
   * @param {unknown} stage - as the caller named it
   */
  ofCompletion(execution, executionId, stage) {
    if (this.#isOfAbandoned(stage, executionId)) return undefined;
    const id = idText(executionId);
    if (execution === undefined || execution.isOver) {
      this.#ofUnknown(`Stage completed in an unknown execution: ${id}`);
      return undefined;
    }
    const name = nameOf(stage);
    if (execution.byName.has(name)) {
      this.#diagnostics.count('duplicateCompletions');
      this.#notifier.warn(`Stage ${name} of ${id} has already completed`);
      return undefined;
    }
    const what = `stage ${name}, which never started in ${id}`;
    this.#ofUnknown(`Completion of ${what}`);
    return undefined;
  }

  /** @param {string} id */
  ofRestart(id) {
    this.#notifier.warn(
      `Execution ${id} was started again before it completed; the earlier one is abandoned`,
    );
  }

  /** @param {string} name */
  ofStageOutsidePipelines(name) {
    this.#diagnostics.count('stagesOutsidePipelines');
    if (this.#diagnostics.counts.stagesOutsidePipelines > 1) return;
    this.#notifier.warn(
      `Stage ${name} ran outside of any measured pipeline and is an execution of its own; ` +
        'name the class of its pipeline in `pipelines` if it has one',
    );
  }

  /** @param {string} name */
  ofLateStage(name) {
    this.#diagnostics.count('lateStages');
    if (this.#outlived.has(name)) return;
    this.#outlived.add(name);
    this.#notifier.warn(
      `Stage ${name} ended after its execution; it counts in its own history`,
    );
  }

  /** @param {number} status @returns whether the native side refuses, which is reported once */
  ofFault(status) {
    if (status !== FAULTED) return false;
    if (!this.#faultReported) {
      this.#faultReported = true;
      this.#notifier.error(
        'Pipeline metrics stopped after an internal failure; the pipeline is unaffected',
      );
    }
    return true;
  }
}

/** @param {unknown} execution */
function idText(execution) {
  const isObject = typeof execution === 'object' && execution !== null;
  return toId(isObject ? (idOf(execution) ?? execution) : execution);
}

/** @param {unknown} stage */
function nameOf(stage) {
  const isHandle = typeof stage === 'object' && stage !== null;
  if (!isHandle) return toName(stage);
  try {
    return toName(/** @type {{ stageName?: unknown }} */ (stage).stageName);
  } catch {
    return 'unprintable';
  }
}

module.exports = { Warnings };
