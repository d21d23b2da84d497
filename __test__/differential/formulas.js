'use strict';

/**
 * What every figure must be, in plain arithmetic: the model's half without state. Written for
 * reading, not for speed. Where the specification leaves room, the comment says what we decided.
 */

const MIB = 1024 * 1024;

/** Wording is the collector's own: expected is a sentence, and what figures or names it holds. */
const SENTENCE = /\w+ \w+/;
const percents = (figures) => new RegExp(`^${figures} ?%`);

const rate = (amount, duration) =>
  duration > 0 ? (amount / duration) * 1000 : 0;

const sum = (numbers) => numbers.reduce((total, n) => total + n, 0);

const mean = (numbers) =>
  numbers.length === 0 ? 0 : sum(numbers) / numbers.length;

function throughput({ duration, result, context }) {
  const itemsPerSecond = rate(result.itemsProcessed, duration);
  return {
    itemsPerSecond,
    bytesPerSecond: rate(context.inputSize, duration),
    operationsPerSecond: itemsPerSecond,
  };
}

function efficiency(stage) {
  const throughputScore = Math.min(stage.throughput.itemsPerSecond / 100, 1);
  const memoryEfficiency =
    stage.memoryDelta > 0 ? Math.min(1e6 / stage.memoryDelta, 1) : 1;
  return {
    overall: (throughputScore + memoryEfficiency) / 2,
    throughputScore,
    memoryEfficiency,
  };
}

function resourceUtilization({ duration, memoryDelta, result, context }) {
  return {
    memoryUtilization: Math.abs(memoryDelta),
    timeUtilization: duration,
    ioEfficiency:
      context.inputSize > 0 ? result.outputSize / context.inputSize : 0,
  };
}

function pipelineThroughput({ totalDuration, result }) {
  const itemsPerSecond = rate(result.totalItemsProcessed, totalDuration);
  return {
    itemsPerSecond,
    actionsPerSecond: itemsPerSecond,
    pipelineExecutionsPerHour:
      totalDuration > 0 ? 3_600_000 / totalDuration : 0,
  };
}

/**
 * Decision: the row of a name that ran more than once reads as one stage that took the summed
 * time, items, input and memory; the row of a name that ran once repeats that stage's own objects.
 */
function breakdownRow(stageName, stages) {
  const [first] = stages;
  const total = {
    duration: sum(stages.map((stage) => stage.duration)),
    memoryDelta: sum(stages.map((stage) => stage.memoryDelta)),
  };
  if (stages.length === 1) {
    total.throughput = first.throughput;
    total.efficiency = first.efficiency;
  } else {
    const items = sum(stages.map((stage) => stage.result.itemsProcessed));
    const bytes = sum(stages.map((stage) => stage.context.inputSize));
    total.throughput = throughput({
      duration: total.duration,
      result: { itemsProcessed: items },
      context: { inputSize: bytes },
    });
    total.efficiency = efficiency(total);
  }
  return {
    stageName,
    count: stages.length,
    duration: total.duration,
    // No stage of these worlds runs inside of another.
    selfDuration: total.duration,
    throughput: total.throughput,
    efficiency: total.efficiency,
  };
}

/**
 * @param {object[]} spans - in the order they started
 * @returns rows longest first; equal ones in the order their names first started
 */
function breakdown(spans) {
  const names = [...new Set(spans.map((span) => span.stageName))];
  const rows = names
    .map((name) =>
      spans.filter((span) => span.stageName === name && span.completed),
    )
    .filter((stages) => stages.length > 0)
    .map((stages) => breakdownRow(stages[0].stageName, stages));
  const total = sum(rows.map((row) => row.duration));
  for (const row of rows) {
    row.percentage = total > 0 ? (row.duration / total) * 100 : 0;
  }
  return rows.sort((a, b) => b.duration - a.duration);
}

const endOf = (span) => span.startTime + span.duration;

/**
 * The chain that bounds the end: the span that ended last, before it the one that ended last
 * among those over by the time it began, and so on. Sequential spans are thus all on it.
 */
function criticalPath(spans, totalDuration) {
  const rest = spans
    .map((span, order) => ({ span, order }))
    .filter(({ span }) => span.completed)
    .sort(
      (a, b) =>
        endOf(a.span) - endOf(b.span) ||
        a.span.startTime - b.span.startTime ||
        a.order - b.order,
    )
    .map(({ span }) => span);
  const path = [];
  let bound = Infinity;
  while (rest.length > 0) {
    const span = rest.pop();
    if (endOf(span) > bound) continue;
    bound = span.startTime;
    path.unshift({
      stageName: span.stageName,
      startTime: span.startTime,
      duration: span.duration,
      impact: totalDuration > 0 ? span.duration / totalDuration : 0,
    });
  }
  return path;
}

function bottlenecks(rows) {
  const evenShare = rows.length >= 2 ? 100 / rows.length : 0;
  const slow = rows
    .filter((row) => row.percentage > 30 && row.percentage > evenShare)
    .map((row) => ({
      stageName: row.stageName,
      type: 'time_bottleneck',
      severity: row.percentage > 50 ? 'critical' : 'warning',
      impact: row.percentage,
      recommendation: SENTENCE,
    }));
  const wasteful = rows
    .filter((row) => row.efficiency && row.efficiency.overall < 0.3)
    .map((row) => ({
      stageName: row.stageName,
      type: 'efficiency_bottleneck',
      severity: 'warning',
      impact: 1 - row.efficiency.overall,
      recommendation: SENTENCE,
    }));
  return [...slow, ...wasteful];
}

function gain({ type, impact }) {
  const percent = type === 'time_bottleneck' ? impact / 2 : impact * 20;
  return percents(Math.min(100, Math.round(percent)));
}

function recommendations(execution) {
  const list = bottlenecks(execution.stageBreakdown).map((bottleneck) => ({
    type: 'bottleneck_optimization',
    priority: bottleneck.severity === 'critical' ? 'high' : 'medium',
    stage: bottleneck.stageName,
    description: bottleneck.recommendation,
    estimatedImprovement: gain(bottleneck),
  }));
  if (execution.totalDuration > 2000) {
    list.push({
      type: 'general_optimization',
      priority: 'medium',
      description: SENTENCE,
      estimatedImprovement: percents('20-40'),
    });
  }
  if (execution.totalMemoryDelta > 100 * MIB) {
    list.push({
      type: 'memory_optimization',
      priority: 'medium',
      description: SENTENCE,
      estimatedImprovement: percents('50-70'),
    });
  }
  return list;
}

/** @param {number[]} history - durations of the completed executions, this one included */
function trends(history, currentDuration) {
  if (history.length < 5) {
    return {
      trend: 'insufficient_data',
      message: SENTENCE,
    };
  }
  const averageDuration = mean(history.slice(-5));
  const slower = currentDuration > averageDuration * 1.2;
  const faster = currentDuration < averageDuration * 0.8;
  const trend = slower ? 'degrading' : faster ? 'improving' : 'stable';
  const change = currentDuration - averageDuration;
  return {
    trend,
    message: SENTENCE,
    currentDuration,
    averageDuration,
    comparison: averageDuration > 0 ? (change / averageDuration) * 100 : 0,
  };
}

function rating(execution) {
  const slowness = Math.max(0, (execution.totalDuration - 1000) / 100);
  const growth = (execution.totalMemoryDelta - 50 * MIB) / (10 * MIB);
  const errors = execution.result.totalErrors * 10;
  const bonus = execution.overallThroughput.itemsPerSecond / 100;
  const score =
    100 -
    Math.min(slowness, 30) -
    Math.min(Math.max(0, growth), 20) -
    Math.min(errors, 40) +
    Math.min(bonus, 10);
  return Math.max(0, Math.min(100, score));
}

/** Nearest rank: the smallest value that at least `percent` of them do not exceed. */
function percentile(numbers, percent) {
  if (numbers.length === 0) return 0;
  const sorted = [...numbers].sort((a, b) => a - b);
  const rank = Math.ceil((percent / 100) * sorted.length);
  return sorted[Math.max(1, rank) - 1];
}

function median(numbers) {
  if (numbers.length === 0) return 0;
  const sorted = [...numbers].sort((a, b) => a - b);
  const upper = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[upper]
    : (sorted[upper - 1] + sorted[upper]) / 2;
}

/** @param {object[]} entries - of one stage; the last hundred count */
function aggregate(entries, timestamp) {
  const recent = entries.slice(-100);
  const durations = recent.map((entry) => entry.duration);
  const rates = recent
    .map((entry) => entry.throughput?.itemsPerSecond)
    .filter((value) => value !== undefined && value !== null);
  return {
    count: recent.length,
    averageDuration: mean(durations),
    medianDuration: median(durations),
    p95Duration: percentile(durations, 95),
    averageThroughput: mean(rates),
    successRate: mean(recent.map((entry) => (entry.success ? 1 : 0))),
    timestamp,
  };
}

module.exports = {
  MIB,
  aggregate,
  bottlenecks,
  breakdown,
  criticalPath,
  efficiency,
  mean,
  median,
  percentile,
  pipelineThroughput,
  rating,
  recommendations,
  resourceUtilization,
  throughput,
  trends,
};
