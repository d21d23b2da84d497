'use strict';

/** What a stage, or a whole pipeline, answers. Never changed after it was made. */
class PipelineResult {
  constructor({
    success,
    actions = [],
    errors = [],
    data = {},
    continueProcessing = true,
  }) {
    this.success = success;
    this.actions = actions;
    this.errors = errors;
    this.data = data;
    this.continueProcessing = continueProcessing;
  }

  static success(parts = {}) {
    return new PipelineResult({ ...parts, success: true });
  }

  /** A failure that stops the pipeline. */
  static failure(errors, data = {}) {
    return new PipelineResult({
      success: false,
      errors: [].concat(errors),
      data,
      continueProcessing: false,
    });
  }

  /** Lists are joined, later data wins, one failure makes the whole fail. */
  merge(later) {
    return new PipelineResult({
      success: this.success && later.success,
      actions: this.actions.concat(later.actions),
      errors: this.errors.concat(later.errors),
      data: { ...this.data, ...later.data },
      continueProcessing: this.continueProcessing && later.continueProcessing,
    });
  }
}

module.exports = { PipelineResult };
