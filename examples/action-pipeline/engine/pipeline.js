'use strict';

const { PipelineResult } = require('./result');

/** Runs stages in order, each on the context that the ones before it left. */
class Pipeline {
  #stages;
  #logger;

  constructor(stages, logger) {
    if (!Array.isArray(stages) || stages.length === 0) {
      throw new TypeError('a pipeline needs at least one stage');
    }
    this.#stages = stages;
    this.#logger = logger;
  }

  /**
   * Never rejects: a stage that throws ends the run with a failure that carries
   * the actions and errors gathered up to there.
   */
  async execute(initialContext) {
    let context = { ...initialContext };
    let merged = PipelineResult.success();
    for (const stage of this.#stages) {
      let result;
      try {
        result = await stage.execute(context);
      } catch (error) {
        this.#logger.error(`stage ${stage.name} threw: ${error.message}`);
        return merged.merge(thrown(stage, error));
      }
      merged = merged.merge(result);
      context = {
        ...context,
        ...result.data,
        actions: merged.actions,
        errors: merged.errors,
      };
      if (!result.continueProcessing) {
        this.#logger.debug(`stage ${stage.name} ended the run`);
        break;
      }
      if (!result.success) {
        this.#logger.warn(`stage ${stage.name} reported errors`);
      }
    }
    return merged;
  }
}

function thrown(stage, error) {
  return PipelineResult.failure({
    stageName: stage.name,
    phase: 'PIPELINE_EXECUTION',
    error: error.message,
  });
}

module.exports = { Pipeline };
