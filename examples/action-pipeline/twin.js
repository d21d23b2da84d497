'use strict';

const path = require('node:path');

const OWN = [
  path.join(__dirname, 'engine', 'pipeline.js'),
  path.join(__dirname, 'engine', 'result.js'),
  path.join(__dirname, 'engine', 'stage.js'),
  path.join(__dirname, 'stages') + path.sep,
];

/**
 * Loads the pipeline's classes once more. Instrumenting one copy leaves the others
 * alone, and each has compiled code of its own: a comparison of two copies is not
 * spoilt, as switching one copy back and forth would be, by code that the engine
 * has to compile again after every switch.
 */
function loadPipelineClasses() {
  const cached = Object.entries(require.cache).filter(([file]) =>
    OWN.some((own) => file.startsWith(own)),
  );
  for (const [file] of cached) delete require.cache[file];
  try {
    return {
      Pipeline: require('./engine/pipeline').Pipeline,
      PipelineStage: require('./engine/stage').PipelineStage,
      discoveryStages: require('./stages').discoveryStages,
    };
  } finally {
    for (const [file, module] of cached) require.cache[file] = module;
  }
}

module.exports = { loadPipelineClasses };
