'use strict';

// What is advised, in words, where one execution or many were analyzed.

const ON_STAGE = {
  time_bottleneck: (stage) =>
    `Make ${stage} faster: it takes the largest part of the stage time`,
  efficiency_bottleneck: (stage) =>
    `Get more done in ${stage} for the memory and time it uses`,
};

/** What to do about a stage that is a bottleneck of the type. */
const adviceOn = (type, stage) => ON_STAGE[type](stage);

/** @param {number} percent - of the time of an execution */
const gainOf = (percent) => `${percent}% performance gain`;

/** Of an execution that took long. */
const SHORTEN = Object.freeze({
  type: 'general_optimization',
  priority: 'medium',
  description:
    'Run stages that do not need each other side by side, or split large action sets',
  estimatedImprovement: '20-40% performance gain',
});

/** Of an execution whose heap grew much. */
const USE_LESS_MEMORY = Object.freeze({
  type: 'memory_optimization',
  priority: 'medium',
  description:
    'Stream the data through the stages instead of holding all of it at once',
  estimatedImprovement: '50-70% memory reduction',
});

module.exports = { SHORTEN, USE_LESS_MEMORY, adviceOn, gainOf };
