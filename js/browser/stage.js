'use strict';

const { checkMethods } = require('../config');
const { invalidArg, notImplemented } = require('../errors');

/** The estimators of a stage that nobody measures. */
const ESTIMATORS = {
  calculateInputSize(context) {
    return 0;
  },

  estimateOutputSize(context) {
    return 0;
  },

  calculateOutputSize(result) {
    return 0;
  },

  countProcessedItems(result) {
    return 0;
  },

  assessComplexity(context) {
    return 'unknown';
  },
};

/** A subclass that runs as its base class does, around `executeInternal` where that has no `execute`. */
function withStageMetrics(Base) {
  if (
    typeof Base !== 'function' ||
    typeof Base.prototype !== 'object' ||
    Base.prototype === null
  ) {
    throw invalidArg('withStageMetrics extends a class');
  }
  const Unmeasured = class extends Base {
    execute(...args) {
      return Reflect.apply(super.execute ?? this.executeInternal, this, args);
    }
  };
  for (const [name, value] of Object.entries(ESTIMATORS)) {
    if (name in Base.prototype) continue;
    Object.defineProperty(Unmeasured.prototype, name, {
      value,
      configurable: true,
      writable: true,
    });
  }
  return Object.defineProperty(Unmeasured, 'name', {
    value: Base.name,
    configurable: true,
  });
}

class PlainStage {
  constructor(dependencies) {
    const { logger, eventBus } = dependencies ?? {};
    this.logger = checkMethods('logger', logger, [
      'debug',
      'info',
      'warn',
      'error',
    ]);
    this.eventBus = checkMethods('eventBus', eventBus, ['dispatch']);
  }

  async execute(context) {
    return this.executeInternal(context);
  }

  /** @type {(context: unknown) => Promise<unknown>} */
  async executeInternal() {
    throw notImplemented(this.constructor.name, 'executeInternal');
  }
}

class BasePipelineStage extends withStageMetrics(PlainStage) {}

function measureStage(target, stageName, stageContext, fn) {
  return fn();
}

function measurePipeline(target, pipelineContext, fn) {
  return fn();
}

function installPipelineMetrics(options) {
  return { uninstall() {} };
}

function estimateJsonSize(value) {
  return 0;
}

module.exports = {
  BasePipelineStage,
  estimateJsonSize,
  installPipelineMetrics,
  measurePipeline,
  measureStage,
  withStageMetrics,
};
