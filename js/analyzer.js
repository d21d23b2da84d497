'use strict';

/** Patterns in a stage's entries. */
class PerformanceAnalyzer {
  constructor(logger) {
    this.logger = logger;
  }
}

module.exports = { PerformanceAnalyzer };
