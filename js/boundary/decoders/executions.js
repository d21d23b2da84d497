'use strict';

const { layout } = require('../native');
const { isoTime } = require('../iso-time');
const { efficiencyOf, pipelineThroughputOf, throughputOf } = require('./rates');
const { isUnread, stageFrom } = require('./stages');

/**
 * @import { BreakdownRow, CriticalPathStep } from '../../../types/results'
 * @import { Execution, ExecutionContext, PipelineEntry, Stage } from '../../../types/results'
 * @import { LabelsAt, Row, Texts } from './stages'
 */

const S = layout.span;
const E = layout.execution;
const R = layout.row;
const P = layout.step;

/** @param {Row} n @param {number} at */
const rowThroughput = (n, at) =>
  throughputOf(n[at + R.ITEMS_PER_SECOND], n[at + R.BYTES_PER_SECOND]);

/** @param {Row} n @param {number} at */
function rowEfficiency(n, at) {
  const memory = n[at + R.MEMORY_EFFICIENCY];
  return efficiencyOf(
    n[at + R.EFFICIENCY],
    n[at + R.THROUGHPUT_SCORE],
    memory === memory ? memory : null,
  );
}

/**
 * @param {Row} n
 * @param {number} at
 * @param {number} count
 * @param {string[]} stageNames - by number
 * @param {Map<string, Stage>} [stages] - a row of one span shares throughput and efficiency with its stage
 * @returns {BreakdownRow[]}
 */
function rowsFrom(n, at, count, stageNames, stages) {
  const rows = new Array(count);
  for (let i = 0; i < count; i += 1, at += R.LEN) {
    const stageName = stageNames[n[at + R.STAGE]];
    const spans = n[at + R.COUNT];
    const stage =
      spans === 1 && stages !== undefined ? stages.get(stageName) : undefined;
    rows[i] = {
      stageName,
      duration: n[at + R.DURATION],
      selfDuration: n[at + R.SELF_DURATION],
      percentage: n[at + R.PERCENTAGE],
      throughput: stage?.throughput ?? rowThroughput(n, at),
      efficiency: stage?.efficiency ?? rowEfficiency(n, at),
      count: spans,
    };
  }
  return rows;
}

/**
 * @param {Row} n
 * @param {number} at
 * @param {number} count
 * @param {string[]} stageNames - by number
 * @returns {CriticalPathStep[]}
 */
function stepsFrom(n, at, count, stageNames) {
  const steps = new Array(count);
  for (let i = 0; i < count; i += 1, at += P.LEN) {
    steps[i] = {
      stageName: stageNames[n[at + P.STAGE]],
      startTime: n[at + P.START],
      duration: n[at + P.DURATION],
      impact: n[at + P.IMPACT],
    };
  }
  return steps;
}

/**
 * An execution that has just started; the fields that completion sets are undefined.
 * @param {string} executionId
 * @param {ExecutionContext} context
 * @returns {Execution}
 */
function startedExecution(executionId, context) {
  return {
    executionId,
    startTime: 0,
    startMemory: 0,
    context,
    stages: new Map(),
    completed: false,
    endTime: undefined,
    endMemory: undefined,
    totalDuration: undefined,
    totalMemoryDelta: undefined,
    result: undefined,
    overallThroughput: undefined,
    stageBreakdown: undefined,
    criticalPath: undefined,
    timestamp: undefined,
  };
}

/**
 * Fills in what completion adds to an execution.
 * @param {Execution} execution
 * @param {Row} n
 * @param {number} at
 * @param {string[]} stageNames - by number
 * @param {Map<string, Stage>} stages - its own
 */
function fillExecution(execution, n, at, stageNames, stages) {
  execution.completed = true;
  execution.endTime = n[at + E.END];
  execution.endMemory = n[at + E.END_MEMORY];
  execution.totalDuration = n[at + E.DURATION];
  execution.totalMemoryDelta = n[at + E.MEMORY_DELTA];
  execution.result = {
    success: n[at + E.SUCCESS] !== 0,
    totalItemsProcessed: n[at + E.ITEMS],
    finalOutputSize: n[at + E.OUTPUT_SIZE],
    totalErrors: n[at + E.ERRORS],
  };
  execution.overallThroughput = pipelineThroughputOf(
    n[at + E.ITEMS_PER_SECOND],
    n[at + E.PER_HOUR],
  );
  const [rowsAt, stepsAt] = placesIn(n, at);
  execution.stageBreakdown = rowsFrom(
    n,
    rowsAt,
    n[at + E.ROWS],
    stageNames,
    stages,
  );
  execution.criticalPath = stepsFrom(n, stepsAt, n[at + E.STEPS], stageNames);
  execution.timestamp = isoTime(n[at + E.WALL]);
}

/** @param {Row} n @param {number} at @returns where breakdown and path of an execution begin */
function placesIn(n, at) {
  const rowsAt = at + E.LEN + n[at + E.SPANS] * S.LEN;
  return [rowsAt, rowsAt + n[at + E.ROWS] * R.LEN];
}

/** @param {Row} n @param {number} at */
const executionEnd = (n, at) => placesIn(n, at)[1] + n[at + E.STEPS] * P.LEN;

/** @param {Row} n @param {number} at @param {Texts} texts @param {LabelsAt} own */
function executionContextFrom(n, at, { labels: { names } }, own) {
  /** @type {ExecutionContext} */
  const context = {
    actionCount: n[at + E.ACTION_COUNT],
    traceVerbosity: names[n[at + E.VERBOSITY]],
    environment: names[n[at + E.ENVIRONMENT]],
  };
  const given = own?.get(at);
  if (given !== undefined) context.labels = given;
  return context;
}

/**
 * The stages of an execution in the order they started, including several of one name.
 * @param {Row} n
 * @param {number} at
 * @param {string} executionId
 * @param {Texts} texts
 * @param {LabelsAt} [own]
 */
function* stagesFrom(n, at, executionId, texts, own) {
  const from = at + E.LEN;
  const end = from + n[at + E.SPANS] * S.LEN;
  for (let spanAt = from; spanAt < end; spanAt += S.LEN) {
    const parentAt = from + n[spanAt + S.PARENT] * S.LEN;
    // Undefined where there is none.
    const parent = texts.stages.names[n[parentAt + S.STAGE]];
    yield stageFrom(n, spanAt, executionId, texts, own, parent);
  }
}

/**
 * @param {Row} n
 * @param {number} at
 * @param {string} executionId
 * @param {Texts} texts
 * @param {LabelsAt} [own]
 */
function executionFrom(n, at, executionId, texts, own) {
  const context = executionContextFrom(n, at, texts, own);
  const execution = startedExecution(executionId, context);
  const { stages } = execution;
  execution.startTime = n[at + E.START];
  execution.startMemory = n[at + E.START_MEMORY];
  for (const stage of stagesFrom(n, at, executionId, texts, own))
    stages.set(stage.stageName, stage);
  if (n[at + E.COMPLETED] !== 0)
    fillExecution(execution, n, at, texts.stages.names, stages);
  if (isUnread(execution.startMemory)) {
    execution.startMemory = null;
    if (execution.completed) {
      execution.endMemory = null;
      execution.totalMemoryDelta = null;
    }
  }
  return execution;
}

/**
 * @param {Row} n
 * @param {number} at
 * @param {string | null} executionId
 * @param {Texts} texts
 * @param {LabelsAt} [own]
 * @returns {PipelineEntry}
 */
function pipelineEntryFrom(n, at, executionId, texts, own) {
  const { names } = texts.stages;
  const [rowsAt, stepsAt] = placesIn(n, at);
  return {
    timestamp: isoTime(n[at + E.WALL]),
    executionId,
    totalDuration: n[at + E.DURATION],
    totalMemoryDelta: isUnread(n[at + E.MEMORY_DELTA])
      ? null
      : n[at + E.MEMORY_DELTA],
    overallThroughput: pipelineThroughputOf(
      n[at + E.ITEMS_PER_SECOND],
      n[at + E.PER_HOUR],
    ),
    stageBreakdown: rowsFrom(n, rowsAt, n[at + E.ROWS], names),
    criticalPath: stepsFrom(n, stepsAt, n[at + E.STEPS], names),
    success: n[at + E.SUCCESS] !== 0,
    context: executionContextFrom(n, at, texts, own),
  };
}

module.exports = {
  executionEnd,
  executionFrom,
  fillExecution,
  pipelineEntryFrom,
  rowsFrom,
  stagesFrom,
  startedExecution,
  stepsFrom,
};
