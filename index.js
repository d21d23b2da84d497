'use strict';

module.exports = require('./js/entry.js');
// It is there already. Written here, tools that read types beside this file find it.
module.exports.default = module.exports.PipelinePerformanceMetrics;
