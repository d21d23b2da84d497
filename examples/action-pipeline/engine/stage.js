'use strict';

/**
 * One named step of a pipeline. A subclass implements `executeInternal(context)`
 * and answers a PipelineResult.
 */
class PipelineStage {
  constructor(name) {
    if (new.target === PipelineStage) {
      throw new TypeError('PipelineStage is abstract: extend it');
    }
    this.name = name;
  }

  async execute(context) {
    return this.executeInternal(context);
  }

  async executeInternal() {
    throw new Error(`stage ${this.name} has no executeInternal()`);
  }
}

module.exports = { PipelineStage };
