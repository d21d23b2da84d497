'use strict';

// The entry point of bundles for browsers in place of index.js: the same API, which records nothing.

const { PipelinePerformanceMetrics } = require('./js/browser/collector');
const exporters = require('./js/browser/exporters');
const stage = require('./js/browser/stage');
const { ActionAwareStructuredTrace } = require('./js/browser/trace');
const { canonicalStageName } = require('./js/instrumentation/stage-name');

module.exports = {
  ActionAwareStructuredTrace,
  PipelinePerformanceMetrics,
  canonicalStageName,
  default: PipelinePerformanceMetrics,
  ...exporters,
  ...stage,
};

// So that code compiled from ES modules finds the class, not this object, as the default.
Object.defineProperty(module.exports, '__esModule', { value: true });
