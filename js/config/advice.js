'use strict';

/**
 * @typedef {import('../../types/findings').Bottleneck['type']} BottleneckType
 * @typedef {import('../../types/findings').Recommendation} Recommendation
 */

// What is advised, in words, where one execution or many were analyzed.

/** @type {Record<BottleneckType, (stage: string) => string>} */
const ON_STAGE = {
  time_bottleneck: (stage) =>
    `Make ${stage} faster: it takes the largest part of the stage time`,
  efficiency_bottleneck: (stage) =>
    `Get more done in ${stage} for the memory and time it uses`,
};

/**
 * What to do about a stage that is a bottleneck of the type.
 *
 * @param {BottleneckType} type
 * @param {string} stage
 */
const adviceOn = (type, stage) => ON_STAGE[type](stage);

/** @param {number} percent - of the time of an execution */
const gainOf = (percent) => `${percent}% performance gain`;

/**
 * Of an execution that took long.
 *
 * @type {Readonly<Recommendation>}
 */
const SHORTEN = Object.freeze({
  type: 'general_optimization',
  priority: 'medium',
  description:
    'Run stages that do not need each other side by side, or split large action sets',
  estimatedImprovement: '20-40% performance gain',
});

/**
 * Of an execution whose heap grew much.
 *
 * @type {Readonly<Recommendation>}
 */
const USE_LESS_MEMORY = Object.freeze({
  type: 'memory_optimization',
  priority: 'medium',
  description:
    'Stream the data through the stages instead of holding all of it at once',
  estimatedImprovement: '50-70% memory reduction',
});

module.exports = { SHORTEN, USE_LESS_MEMORY, adviceOn, gainOf };
