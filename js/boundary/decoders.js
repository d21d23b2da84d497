'use strict';

// Rows of numbers to the plain objects a caller gets. Field for field, no arithmetic.

const { layout } = require('./native');
const { isoTime } = require('./iso-time');

const S = layout.span;
const E = layout.execution;
const R = layout.row;
const P = layout.step;
const L = layout.alert;
const C = layout.context;

const ALERT_TYPES = [
  'duration_exceeded',
  'memory_exceeded',
  'high_error_rate',
  'baseline_exceeded',
  'level_shift',
];
const ALERT_SEVERITIES = ['warning', 'error'];

/** Sets a property of that name, `__proto__` included, without touching a prototype. */
function setOwn(target, name, value) {
  if (name === '__proto__') {
    Object.defineProperty(target, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else {
    target[name] = value;
  }
}

function throughputOf(itemsPerSecond, bytesPerSecond) {
  return {
    itemsPerSecond,
    bytesPerSecond,
    operationsPerSecond: itemsPerSecond,
  };
}

function pipelineThroughputOf(itemsPerSecond, pipelineExecutionsPerHour) {
  return {
    itemsPerSecond,
    actionsPerSecond: itemsPerSecond,
    pipelineExecutionsPerHour,
  };
}

function efficiencyOf(overall, throughputScore, memoryEfficiency) {
  return { overall, throughputScore, memoryEfficiency };
}

function utilizationOf(memoryUtilization, timeUtilization, ioEfficiency) {
  return { memoryUtilization, timeUtilization, ioEfficiency };
}

const spanThroughput = (n, at) =>
  throughputOf(n[at + S.ITEMS_PER_SECOND], n[at + S.BYTES_PER_SECOND]);

const spanEfficiency = (n, at) =>
  efficiencyOf(
    n[at + S.EFFICIENCY],
    n[at + S.THROUGHPUT_SCORE],
    n[at + S.MEMORY_EFFICIENCY],
  );

const spanUtilization = (n, at) =>
  utilizationOf(
    n[at + S.MEMORY_USED],
    n[at + S.DURATION],
    n[at + S.IO_EFFICIENCY],
  );

const rowThroughput = (n, at) =>
  throughputOf(n[at + R.ITEMS_PER_SECOND], n[at + R.BYTES_PER_SECOND]);

function rowEfficiency(n, at) {
  const memory = n[at + R.MEMORY_EFFICIENCY];
  return efficiencyOf(
    n[at + R.EFFICIENCY],
    n[at + R.THROUGHPUT_SCORE],
    memory === memory ? memory : null,
  );
}

/** A stage that has just started. The fields of its completion are there, undefined. */
function startedStage(stageName, executionId, context) {
  return {
    stageName,
    executionId,
    startTime: 0,
    startMemory: 0,
    context,
    completed: false,
    endTime: undefined,
    endMemory: undefined,
    duration: undefined,
    memoryDelta: undefined,
    result: undefined,
    throughput: undefined,
    efficiency: undefined,
    resourceUtilization: undefined,
    timestamp: undefined,
  };
}

/** Fills in what completion adds to a stage. */
function fillStage(stage, n, at) {
  stage.completed = true;
  stage.endTime = n[at + S.END];
  stage.endMemory = n[at + S.END_MEMORY];
  stage.duration = n[at + S.DURATION];
  stage.memoryDelta = n[at + S.MEMORY_DELTA];
  stage.result = {
    success: n[at + S.SUCCESS] !== 0,
    outputSize: n[at + S.OUTPUT_SIZE],
    itemsProcessed: n[at + S.ITEMS],
    errorCount: n[at + S.ERRORS],
    warningCount: n[at + S.WARNINGS],
    retryCount: n[at + S.RETRIES],
  };
  stage.throughput = spanThroughput(n, at);
  stage.efficiency = spanEfficiency(n, at);
  stage.resourceUtilization = spanUtilization(n, at);
  stage.timestamp = isoTime(n[at + S.WALL]);
  fillCaptured(stage, n, at);
  return stage;
}

/** Takes the memory figures of a stage or an entry whose heap was not read out of it. */
function forgetMemory(target) {
  target.memoryDelta = null;
  target.efficiency.memoryEfficiency = null;
  target.resourceUtilization.memoryUtilization = null;
}

const isUnread = (figure) => figure !== figure;

/** CPU time, I/O and bytes, where they were captured or given. */
function fillCaptured(target, n, at) {
  const cpu = n[at + S.CPU];
  if (cpu === cpu) {
    target.cpuTime = cpu;
    target.ioOperations = n[at + S.IO];
  }
  const bytes = n[at + S.BYTES];
  if (bytes === bytes) target.bytesProcessed = bytes;
}

/**
 * A stage of an execution, made anew from a row; `own` as for an execution.
 *
 * @param {string} [parent] - the stage that it ran inside of
 */
function stageFrom(n, at, executionId, stageNames, labels, own, parent) {
  const context = {
    inputSize: n[at + S.INPUT_SIZE],
    expectedOutputSize: n[at + S.EXPECTED_OUTPUT_SIZE],
    complexity: labels[n[at + S.COMPLEXITY]],
  };
  const configuration = n[at + S.CONFIGURATION];
  if (configuration !== 0) context.configurationHash = labels[configuration];
  const given = own?.get(at);
  if (given !== undefined) context.labels = given;
  const stage = startedStage(stageNames[n[at + S.STAGE]], executionId, context);
  if (parent !== undefined) stage.parent = parent;
  stage.startTime = n[at + S.START];
  stage.startMemory = n[at + S.START_MEMORY];
  if (n[at + S.COMPLETED] !== 0) fillStage(stage, n, at);
  if (isUnread(stage.startMemory)) {
    stage.startMemory = null;
    if (stage.completed) {
      stage.endMemory = null;
      forgetMemory(stage);
    }
  }
  return stage;
}

/** One entry of a stage's history; `own` as for an execution. */
function entryFrom(n, at, executionId, labels, own) {
  const entry = {
    timestamp: isoTime(n[at + S.WALL]),
    executionId,
    duration: n[at + S.DURATION],
    memoryDelta: n[at + S.MEMORY_DELTA],
    throughput: spanThroughput(n, at),
    efficiency: spanEfficiency(n, at),
    resourceUtilization: spanUtilization(n, at),
    success: n[at + S.SUCCESS] !== 0,
    errorCount: n[at + S.ERRORS],
    warningCount: n[at + S.WARNINGS],
    retryCount: n[at + S.RETRIES],
    itemsProcessed: n[at + S.ITEMS],
    inputSize: n[at + S.INPUT_SIZE],
    outputSize: n[at + S.OUTPUT_SIZE],
    complexity: labels[n[at + S.COMPLEXITY]],
  };
  const configuration = n[at + S.CONFIGURATION];
  if (configuration !== 0) entry.configurationHash = labels[configuration];
  const given = own?.get(at);
  if (given !== undefined) entry.context = { labels: given };
  if (isUnread(entry.memoryDelta)) forgetMemory(entry);
  if (n[at + S.LATE] !== 0) entry.late = true;
  fillCaptured(entry, n, at);
  return entry;
}

/**
 * Breakdown rows.
 *
 * @param {Map<string, object>} [stages] - the execution's stages: a row of one span shares
 *   throughput and efficiency with its stage
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

/** An execution that has just started. The fields of its completion are there, undefined. */
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

/** Fills in what completion adds to an execution; returns where the row ends. */
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
  const rowsAt = at + E.LEN + n[at + E.SPANS] * S.LEN;
  const stepsAt = rowsAt + n[at + E.ROWS] * R.LEN;
  execution.stageBreakdown = rowsFrom(
    n,
    rowsAt,
    n[at + E.ROWS],
    stageNames,
    stages,
  );
  execution.criticalPath = stepsFrom(n, stepsAt, n[at + E.STEPS], stageNames);
  execution.timestamp = isoTime(n[at + E.WALL]);
  return stepsAt + n[at + E.STEPS] * P.LEN;
}

/** Where the row of an execution ends. */
function executionEnd(n, at) {
  return (
    at +
    E.LEN +
    n[at + E.SPANS] * S.LEN +
    n[at + E.ROWS] * R.LEN +
    n[at + E.STEPS] * P.LEN
  );
}

function executionContextFrom(n, at, labels, own) {
  const context = {
    actionCount: n[at + E.ACTION_COUNT],
    traceVerbosity: labels[n[at + E.VERBOSITY]],
    environment: labels[n[at + E.ENVIRONMENT]],
  };
  const given = own?.get(at);
  if (given !== undefined) context.labels = given;
  return context;
}

/**
 * An execution with its stages, made anew from a row.
 *
 * @param {Map<number, object> | null} [own] - custom labels, by where the row starts
 *   that has them
 */
function executionFrom(n, at, executionId, stageNames, labels, own) {
  const execution = startedExecution(
    executionId,
    executionContextFrom(n, at, labels, own),
  );
  execution.startTime = n[at + E.START];
  execution.startMemory = n[at + E.START_MEMORY];
  const spansAt = at + E.LEN;
  for (
    let i = 0, spanAt = spansAt;
    i < n[at + E.SPANS];
    i += 1, spanAt += S.LEN
  ) {
    const stage = stageFrom(
      n,
      spanAt,
      executionId,
      stageNames,
      labels,
      own,
      // Undefined where there is none.
      stageNames[n[spansAt + n[spanAt + S.PARENT] * S.LEN + S.STAGE]],
    );
    execution.stages.set(stage.stageName, stage);
  }
  if (n[at + E.COMPLETED] !== 0)
    fillExecution(execution, n, at, stageNames, execution.stages);
  if (isUnread(execution.startMemory)) {
    execution.startMemory = null;
    if (execution.completed) {
      execution.endMemory = null;
      execution.totalMemoryDelta = null;
    }
  }
  return execution;
}

/** One entry of the pipeline history; `own` as for an execution. */
function pipelineEntryFrom(n, at, executionId, stageNames, labels, own) {
  const rowsAt = at + E.LEN + n[at + E.SPANS] * S.LEN;
  const stepsAt = rowsAt + n[at + E.ROWS] * R.LEN;
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
    stageBreakdown: rowsFrom(n, rowsAt, n[at + E.ROWS], stageNames),
    criticalPath: stepsFrom(n, stepsAt, n[at + E.STEPS], stageNames),
    success: n[at + E.SUCCESS] !== 0,
    context: executionContextFrom(n, at, labels, own),
  };
}

/** What runs are like that are compared with each other. */
function contextOf(complexity, from, below) {
  return { complexity, inputSize: { from, below } };
}

/** The contexts of a stage's baseline. */
function contextsFrom(n, labels) {
  const contexts = [];
  for (let at = 0; at < n.length; at += C.LEN) {
    const [from, below] = [n[at + C.SIZE_FROM], n[at + C.SIZE_BELOW]];
    contexts.push({
      ...contextOf(labels[n[at + C.COMPLEXITY]], from, below),
      count: n[at + C.COUNT],
      medianDuration: n[at + C.MEDIAN_DURATION],
      durationSpread: n[at + C.SPREAD],
      isWarm: n[at + C.IS_WARM] !== 0,
    });
  }
  return contexts;
}

/**
 * An alert. What contexts, hygiene and levels add is there only where they have something to say,
 * so that an alert is the same with and without.
 *
 * @param {() => string | null | undefined} shiftedSince - the execution that began a level shift
 */
function alertFrom(n, at, executionId, stageNames, labels, shiftedSince) {
  const alert = {
    type: ALERT_TYPES[n[at + L.KIND]],
    stage: stageNames[n[at + L.STAGE]],
    actual: n[at + L.ACTUAL],
    threshold: n[at + L.THRESHOLD],
    severity: ALERT_SEVERITIES[n[at + L.SEVERITY]],
    executionId,
    timestamp: isoTime(n[at + L.WALL]),
  };
  const complexity = n[at + L.COMPLEXITY];
  if (complexity === complexity) {
    const [from, below] = [n[at + L.SIZE_FROM], n[at + L.SIZE_BELOW]];
    alert.context = contextOf(labels[complexity], from, below);
  }
  const suppressed = n[at + L.SUPPRESSED];
  if (suppressed !== 0) alert.suppressed = suppressed;
  const resolvedAt = n[at + L.RESOLVED_AT];
  if (resolvedAt === resolvedAt) {
    alert.resolvedAt = isoTime(resolvedAt);
    alert.lasted = n[at + L.LASTED];
    alert.runs = n[at + L.RUNS];
  }
  const from = n[at + L.FROM];
  if (from === from) addLevels(alert, from, n[at + L.SINCE], shiftedSince());
  return alert;
}

/** Adds what a level shift says; `since` is NaN where runs without a time were learned from. */
function addLevels(alert, from, since, sinceExecutionId) {
  alert.from = from;
  alert.to = alert.actual;
  alert.since = since === since ? isoTime(since) : null;
  alert.sinceExecutionId = sinceExecutionId ?? null;
}

/** Fields of every alert. */
const BARE_FIELDS = 7;

/** Whether an alert has nothing that contexts and hygiene add. */
const isBareAlert = (alert) => Object.keys(alert).length === BARE_FIELDS;

/** Another of a bare alert, field by field: a third of what it costs to spread it. */
function copyOfBareAlert(alert) {
  return {
    type: alert.type,
    stage: alert.stage,
    actual: alert.actual,
    threshold: alert.threshold,
    severity: alert.severity,
    executionId: alert.executionId,
    timestamp: alert.timestamp,
  };
}

// V8 gives a field that never held anything but numbers a box of its own in every object. One
// that once held none shares the number with the copies, which are smaller by a quarter.
copyOfBareAlert({ actual: null, threshold: null });

/** Another alert that says the same. */
function copyOfAlert(alert) {
  const copy = { ...alert };
  const { context } = alert;
  if (context !== undefined) {
    const { complexity, inputSize } = context;
    copy.context = contextOf(complexity, inputSize.from, inputSize.below);
  }
  return copy;
}

/**
 * The alerts that the last completion raised.
 *
 * @param {{ shiftedSince(): string | null }} engine
 */
function alertsFrom(n, at, count, executionId, stageNames, labels, engine) {
  const shiftedSince = () => engine.shiftedSince();
  const alerts = [];
  for (let i = 0; i < count; i += 1, at += L.LEN) {
    alerts.push(
      alertFrom(n, at, executionId, stageNames, labels, shiftedSince),
    );
  }
  return alerts;
}

module.exports = {
  alertFrom,
  alertsFrom,
  copyOfAlert,
  copyOfBareAlert,
  contextsFrom,
  efficiencyOf,
  entryFrom,
  executionEnd,
  executionFrom,
  fillExecution,
  fillStage,
  isBareAlert,
  pipelineEntryFrom,
  pipelineThroughputOf,
  rowsFrom,
  setOwn,
  stageFrom,
  startedExecution,
  startedStage,
  stepsFrom,
  throughputOf,
  utilizationOf,
};
