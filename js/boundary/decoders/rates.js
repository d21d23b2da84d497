'use strict';

// What stages, breakdown rows and executions have of rates, efficiency and use.

/** @type {(items: number, bytes: number) => import('../../../types/results').Throughput} */
const throughputOf = (itemsPerSecond, bytesPerSecond) => ({
  itemsPerSecond,
  bytesPerSecond,
  operationsPerSecond: itemsPerSecond,
});

/** @type {(items: number, perHour: number) => import('../../../types/results').PipelineThroughput} */
const pipelineThroughputOf = (itemsPerSecond, pipelineExecutionsPerHour) => ({
  itemsPerSecond,
  actionsPerSecond: itemsPerSecond,
  pipelineExecutionsPerHour,
});

/** @type {(overall: number, time: number, memory: number | null) => import('../../../types/results').Efficiency} */
const efficiencyOf = (overall, throughputScore, memoryEfficiency) => ({
  overall,
  throughputScore,
  memoryEfficiency,
});

/** @type {(memory: number, time: number, io: number) => import('../../../types/results').ResourceUtilization} */
const utilizationOf = (memoryUtilization, timeUtilization, ioEfficiency) => ({
  memoryUtilization,
  timeUtilization,
  ioEfficiency,
});

module.exports = {
  efficiencyOf,
  pipelineThroughputOf,
  throughputOf,
  utilizationOf,
};
