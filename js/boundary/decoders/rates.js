'use strict';

// What stages, breakdown rows and executions have of rates, efficiency and use.

/**
 * @param {number} itemsPerSecond
 * @param {number} bytesPerSecond
 * @returns {import('../../../types/results').Throughput}
 */
function throughputOf(itemsPerSecond, bytesPerSecond) {
  return {
    itemsPerSecond,
    bytesPerSecond,
    operationsPerSecond: itemsPerSecond,
  };
}

/**
 * @param {number} itemsPerSecond
 * @param {number} pipelineExecutionsPerHour
 * @returns {import('../../../types/results').PipelineThroughput}
 */
function pipelineThroughputOf(itemsPerSecond, pipelineExecutionsPerHour) {
  return {
    itemsPerSecond,
    actionsPerSecond: itemsPerSecond,
    pipelineExecutionsPerHour,
  };
}

/**
 * @param {number} overall
 * @param {number} throughputScore
 * @param {number | null} memoryEfficiency
 * @returns {import('../../../types/results').Efficiency}
 */
function efficiencyOf(overall, throughputScore, memoryEfficiency) {
  return { overall, throughputScore, memoryEfficiency };
}

/**
 * @param {number} memoryUtilization
 * @param {number} timeUtilization
 * @param {number} ioEfficiency
 * @returns {import('../../../types/results').ResourceUtilization}
 */
function utilizationOf(memoryUtilization, timeUtilization, ioEfficiency) {
  return { memoryUtilization, timeUtilization, ioEfficiency };
}

module.exports = {
  efficiencyOf,
  pipelineThroughputOf,
  throughputOf,
  utilizationOf,
};
