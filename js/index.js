'use strict';

const { PipelinePerformanceMetrics } = require('./metrics');

module.exports = { PipelinePerformanceMetrics, default: PipelinePerformanceMetrics };
