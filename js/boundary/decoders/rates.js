'use strict';

// Decodes the rates, efficiency and resource use of stages, breakdown rows and executions.

/**
 * @import { Efficiency, PipelineThroughput, ResourceUtilization } from '../../../types/results'
 * @import { Throughput } from '../../../types/results'
 */

/** @type {(items: number, bytes: number) => Throughput} */
const throughputOf = (itemsPerSecond, bytesPerSecond) => ({
  itemsPerSecond,
  bytesPerSecond,
  operationsPerSecond: itemsPerSecond,
});

/** @type {(items: number, perHour: number) => PipelineThroughput} */
const pipelineThroughputOf = (itemsPerSecond, pipelineExecutionsPerHour) => ({
  itemsPerSecond,
  actionsPerSecond: itemsPerSecond,
  pipelineExecutionsPerHour,
});

/** @type {(overall: number, time: number, memory: number | null) => Efficiency} */
const efficiencyOf = (overall, throughputScore, memoryEfficiency) => ({
  overall,
  throughputScore,
  memoryEfficiency,
});

/** @type {(memory: number, time: number, io: number) => ResourceUtilization} */
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
