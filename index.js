'use strict';

module.exports = require('./js/entry.js');
// Already defined; repeated here for tools that read types beside this file.
module.exports.default = module.exports.PipelinePerformanceMetrics;
