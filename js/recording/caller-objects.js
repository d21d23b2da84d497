'use strict';

// What callers say of measured executions and stages, as numbers. Reading never throws.

const { toId } = require('./names');

const isText = (value) => typeof value === 'string' && value !== '';

/** What a caller says of an execution that starts. */
function readPipelineContext(core, given) {
  const read = {
    actionCount: 0,
    verbosity: core.basicLabel,
    environment: core.unknownLabel,
    labels: null,
    id: null,
  };
  if (given === undefined || given === null) return read;
  try {
    const { executionId, actionCount } = given;
    const { traceVerbosity, environment, labels } = given;
    if (executionId !== undefined && executionId !== null)
      read.id = toId(executionId);
    read.actionCount = core.number(actionCount);
    if (isText(traceVerbosity))
      read.verbosity = core.labels.admit(traceVerbosity);
    if (isText(environment)) read.environment = core.labels.admit(environment);
    if (labels !== undefined) read.labels = core.customLabels.read(labels);
  } catch {
    core.hostileInputs += 1;
  }
  return read;
}

/** What a caller says of a stage that starts. */
function readStageContext(core, given) {
  const read = {
    inputSize: 0,
    expectedOutputSize: 0,
    complexity: 0,
    configuration: 0,
    labels: null,
  };
  try {
    const { inputSize, expectedOutputSize, complexity } = given;
    const { configurationHash, labels } = given;
    read.inputSize = core.number(inputSize);
    read.expectedOutputSize = core.number(expectedOutputSize);
    if (isText(complexity)) read.complexity = core.labels.admit(complexity);
    if (typeof configurationHash === 'string')
      read.configuration = core.labels.admit(configurationHash);
    if (labels !== undefined) read.labels = core.customLabels.read(labels);
  } catch {
    core.hostileInputs += 1;
  }
  return read;
}

module.exports = { readPipelineContext, readStageContext };
