'use strict';

// Reads callers' objects about executions and stages without trusting them: each name once, and if
// a getter throws, what was read before it counts. Used by wired and direct recording.

const { toId } = require('./names');

/**
 * @import { NamedPipelineContext, PipelineResult, StageContext } from '../../types/inputs'
 * @import { StageResult } from '../../types/inputs'
 * @import { Stage } from '../../types/results'
 * @import { CustomLabels } from './custom-labels'
 * @import { Diagnostics } from './diagnostics'
 * @import { Interner } from './interner'
 * @typedef {ReturnType<CustomLabels['read']>} ReadLabels
 * @typedef {ReturnType<CallerObjects['pipelineContext']>} PipelineContextRead
 * @typedef {ReturnType<CallerObjects['stageContext']>} StageContextRead
 * @typedef {ReturnType<CallerObjects['stageResult']>} StageResultRead
 */

/** @param {unknown} value @returns {value is string} */
const isText = (value) => typeof value === 'string' && value !== '';

/** Reads callers' objects; what cannot be read is counted. */
class CallerObjects {
  #labels;
  #customLabels;
  #diagnostics;
  #unknown;
  #basic;

  /**
   * @param {Interner} labels
   * @param {CustomLabels} customLabels
   * @param {Diagnostics} diagnostics
   */
  constructor(labels, customLabels, diagnostics) {
    this.#labels = labels;
    this.#customLabels = customLabels;
    this.#diagnostics = diagnostics;
    this.#unknown = labels.admit('unknown');
    this.#basic = labels.admit('basic');
  }

  /** @param {NamedPipelineContext | null | undefined} given */
  pipelineContext(given) {
    const read = {
      id: /** @type {string | null} */ (null),
      actionCount: 0,
      traceVerbosity: 'basic',
      verbosity: this.#basic,
      environment: 'unknown',
      place: this.#unknown,
      labels: /** @type {ReadLabels} */ (null),
    };
    if (given === undefined || given === null) return read;
    try {
      const { executionId } = given;
      if (executionId !== undefined && executionId !== null)
        read.id = toId(executionId);
      const { actionCount } = given;
      read.actionCount =
        typeof actionCount === 'number'
          ? actionCount
          : this.number(actionCount);
      const { traceVerbosity } = given;
      if (traceVerbosity !== undefined && isText(traceVerbosity)) {
        read.traceVerbosity = traceVerbosity;
        read.verbosity = this.#labels.admit(traceVerbosity);
      }
      const { environment } = given;
      if (environment !== undefined && isText(environment)) {
        read.environment = environment;
        read.place = this.#labels.admit(environment);
      }
      const { labels } = given;
      if (labels !== undefined) read.labels = this.#customLabels.read(labels);
    } catch {
      this.#diagnostics.count('hostileInputs');
    }
    return read;
  }

  /** @param {StageContext | null | undefined} given */
  stageContext(given) {
    const read = {
      inputSize: 0,
      expectedOutputSize: 0,
      complexity: 'unknown',
      complexityId: 0,
      configurationHash: /** @type {string | undefined} */ (undefined),
      configurationId: 0,
      parent: /** @type {Stage | null} */ (null),
      environmentInfo: /** @type {unknown} */ (undefined),
      labels: /** @type {ReadLabels} */ (null),
    };
    if (given === undefined || given === null) return read;
    try {
      read.inputSize = this.number(given.inputSize);
      read.expectedOutputSize = this.number(given.expectedOutputSize);
      const { complexity } = given;
      if (isText(complexity)) {
        read.complexity = complexity;
        read.complexityId = this.#labels.admit(complexity);
      }
      const { configurationHash } = given;
      if (typeof configurationHash === 'string') {
        read.configurationHash = configurationHash;
        read.configurationId = this.#labels.admit(configurationHash);
      }
      read.parent = given.parent ?? null;
      read.environmentInfo = given.environmentInfo;
      const { labels } = given;
      if (labels !== undefined) read.labels = this.#customLabels.read(labels);
    } catch {
      this.#diagnostics.count('hostileInputs');
    }
    return read;
  }

  /** @param {StageResult | null | undefined} given */
  stageResult(given) {
    const read = {
      success: true,
      outputSize: 0,
      items: 0,
      errors: 0,
      warnings: 0,
      retries: 0,
      bytes: NaN,
    };
    if (given === undefined || given === null) return read;
    try {
      read.success = given.success !== false;
      read.outputSize = this.number(given.outputSize);
      read.items = this.number(given.itemsProcessed);
      read.errors = this.number(given.errorCount);
      read.warnings = this.number(given.warningCount);
      read.retries = this.number(given.retryCount);
      const bytes = given.bytesProcessed;
      if (bytes !== undefined) read.bytes = this.figure(bytes);
    } catch {
      this.#diagnostics.count('hostileInputs');
    }
    return read;
  }

  /** @param {PipelineResult | null | undefined} given */
  pipelineResult(given) {
    const read = { success: true, items: 0, outputSize: 0, errors: 0 };
    if (given === undefined || given === null) return read;
    try {
      read.success = given.success !== false;
      read.items = this.number(given.totalItemsProcessed);
      read.outputSize = this.number(given.finalOutputSize);
      read.errors = this.number(given.totalErrors);
    } catch {
      this.#diagnostics.count('hostileInputs');
    }
    return read;
  }

  /** @param {unknown} value @returns {number} 0 for nothing; 0, counted, for what is no number */
  number(value) {
    if (typeof value === 'number') return value;
    if (value !== undefined && value !== null)
      this.#diagnostics.count('invalidNumbers');
    return 0;
  }

  /** @param {unknown} value @returns {number} ms or bytes, else NaN, counted unless missing */
  figure(value) {
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    if (value !== undefined && value !== null)
      this.#diagnostics.count('invalidNumbers');
    return NaN;
  }
}

module.exports = { CallerObjects };
