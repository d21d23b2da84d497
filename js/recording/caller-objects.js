'use strict';

// What callers say of executions and stages, read without trusting it: each name once, and where
// a getter throws, what was read before it counts. Measured code and direct calls read alike.

const { toId } = require('./names');

/**
 * @typedef {import('./core').Core} Core
 * @typedef {Pick<Core, 'number' | 'figure' | 'labels' | 'customLabels' | 'basicLabel' | 'unknownLabel' | 'hostileInputs'>} Counter
 * @typedef {ReturnType<import('./custom-labels').CustomLabels['read']>} ReadLabels
 */

/**
 * @param {unknown} value
 * @returns {value is string}
 */
const isText = (value) => typeof value === 'string' && value !== '';

/**
 * What a caller says of an execution that starts: numbers, and texts with their numbers.
 *
 * @param {Counter} core
 * @param {import('../../types/inputs').NamedPipelineContext | null | undefined} given
 */
function readPipelineContext(core, given) {
  /**
   * @type {{
   *   id: string | null,
   *   actionCount: number,
   *   traceVerbosity: string,
   *   verbosity: number,
   *   environment: string,
   *   place: number,
   *   labels: ReadLabels,
   * }}
   */
  const read = {
    id: null,
    actionCount: 0,
    traceVerbosity: 'basic',
    verbosity: core.basicLabel,
    environment: 'unknown',
    place: core.unknownLabel,
    labels: null,
  };
  if (given === undefined || given === null) return read;
  try {
    const { executionId } = given;
    if (executionId !== undefined && executionId !== null)
      read.id = toId(executionId);
    read.actionCount = core.number(given.actionCount);
    const { traceVerbosity } = given;
    if (isText(traceVerbosity)) {
      read.traceVerbosity = traceVerbosity;
      read.verbosity = core.labels.admit(traceVerbosity);
    }
    const { environment } = given;
    if (isText(environment)) {
      read.environment = environment;
      read.place = core.labels.admit(environment);
    }
    const { labels } = given;
    if (labels !== undefined) read.labels = core.customLabels.read(labels);
  } catch {
    core.hostileInputs += 1;
  }
  return read;
}

/**
 * What a caller says of a stage that starts: numbers, and texts with their numbers.
 *
 * @param {Counter} core
 * @param {import('../../types/inputs').StageContext | null | undefined} given
 */
function readStageContext(core, given) {
  /**
   * @type {{
   *   inputSize: number,
   *   expectedOutputSize: number,
   *   complexity: string,
   *   complexityId: number,
   *   configurationHash: string | undefined,
   *   configurationId: number,
   *   parent: import('../../types/results').Stage | null,
   *   environmentInfo: unknown,
   *   labels: ReadLabels,
   * }}
   */
  const read = {
    inputSize: 0,
    expectedOutputSize: 0,
    complexity: 'unknown',
    complexityId: 0,
    configurationHash: undefined,
    configurationId: 0,
    parent: null,
    environmentInfo: undefined,
    labels: null,
  };
  if (given === undefined || given === null) return read;
  try {
    read.inputSize = core.number(given.inputSize);
    read.expectedOutputSize = core.number(given.expectedOutputSize);
    const { complexity } = given;
    if (isText(complexity)) {
      read.complexity = complexity;
      read.complexityId = core.labels.admit(complexity);
    }
    const { configurationHash } = given;
    if (typeof configurationHash === 'string') {
      read.configurationHash = configurationHash;
      read.configurationId = core.labels.admit(configurationHash);
    }
    read.parent = given.parent ?? null;
    read.environmentInfo = given.environmentInfo;
    const { labels } = given;
    if (labels !== undefined) read.labels = core.customLabels.read(labels);
  } catch {
    core.hostileInputs += 1;
  }
  return read;
}

/**
 * What a caller says of a stage that it completes.
 *
 * @param {Counter} core
 * @param {import('../../types/inputs').StageResult | null | undefined} given
 */
function readStageResult(core, given) {
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
    read.outputSize = core.number(given.outputSize);
    read.items = core.number(given.itemsProcessed);
    read.errors = core.number(given.errorCount);
    read.warnings = core.number(given.warningCount);
    read.retries = core.number(given.retryCount);
    const bytes = given.bytesProcessed;
    if (bytes !== undefined) read.bytes = core.figure(bytes);
  } catch {
    core.hostileInputs += 1;
  }
  return read;
}

/**
 * What a caller says of an execution that it completes.
 *
 * @param {Counter} core
 * @param {import('../../types/inputs').PipelineResult | null | undefined} given
 */
function readPipelineResult(core, given) {
  const read = { success: true, items: 0, outputSize: 0, errors: 0 };
  if (given === undefined || given === null) return read;
  try {
    read.success = given.success !== false;
    read.items = core.number(given.totalItemsProcessed);
    read.outputSize = core.number(given.finalOutputSize);
    read.errors = core.number(given.totalErrors);
  } catch {
    core.hostileInputs += 1;
  }
  return read;
}

module.exports = {
  readPipelineContext,
  readPipelineResult,
  readStageContext,
  readStageResult,
};
