'use strict';

const { ignorePromise } = require('../config/ignore-promise');
const { checkNames } = require('../config/option-names');
const { checkMethods } = require('../config/settings');
const { invalidArg } = require('../errors');
const { currentSpan, outerSpan } = require('../recording/active-execution');
const { CORE } = require('../recording/direct-recorder');
const { estimateJsonSize } = require('./json-size');
const { measure, openPipeline, openStage } = require('./measure');
const { isOutermost } = require('./outermost');
const { canonicalStageName } = require('./stage-name');
const { hasExecute, wrappedMethodOf } = require('./wrapped-method');

/**
 * @import { Description, InstallOptions } from '../../types/stage'
 * @import { Core } from '../recording/core'
 * @typedef {Pick<InstallOptions, 'metrics' | 'describe'> & { estimateSizes: boolean, contained: boolean | 'auto' }} Options
 * @typedef {import('./wrapped-method').Call<Target>} Call
 */

const METHODS = [
  'startPipelineExecution',
  'startStageExecution',
  'completeStageExecution',
  'completePipelineExecution',
];

const OPTIONS = [
  'Pipeline',
  'PipelineStage',
  'metrics',
  'pipelines',
  'stages',
  'estimateSizes',
  'contained',
  'describe',
];

/** @param {any} context @returns of its candidates, else of its actions */
function actionCountOf(context) {
  try {
    const { candidateActions, actions } = context;
    if (Array.isArray(candidateActions)) return candidateActions.length;
    return Array.isArray(actions) ? actions.length : 0;
  } catch {
    return 0;
  }
}

const SIZED = { calculateOutputSize: estimateJsonSize };

/** One installation, as its wrappers see it. */
class Target {
  #describe;
  #environment = process.env.NODE_ENV || 'unknown';
  /** Whether it was uninstalled; the rest of its running pipelines is unmeasured. */
  isRemoved = false;

  /** @param {Options} options */
  constructor({ metrics, estimateSizes, contained, describe }) {
    this.metrics = metrics;
    this.core = /** @type {{ [CORE]?: Core }} */ (metrics)[CORE];
    this.estimateSizes = estimateSizes;
    this.contained = contained;
    this.#describe = describe;
    this.readers = estimateSizes ? SIZED : null;
  }

  /** @param {Options} options @returns whether another installation with them is the same */
  isSame({ metrics, estimateSizes, contained, describe }) {
    return (
      !this.isRemoved &&
      this.metrics === metrics &&
      this.estimateSizes === estimateSizes &&
      this.contained === contained &&
      this.#describe === describe
    );
  }

  /** Whether it records nothing: it was uninstalled, or its collector disposed of. */
  get isClosed() {
    return this.isRemoved || (this.core !== undefined && this.core.closed);
  }

  /** Whether a pipeline that it opened is running. */
  get isRunning() {
    const executions = this.core?.journal.executions ?? [];
    return executions.some((execution) => execution?.target === this);
  }

  /**
   * What `describe` returns, as far as it can be read; undefined where it throws.
   * @param {unknown} context
   * @param {unknown} stage
   */
  #ask(context, stage) {
    /** @type {Description | undefined} */
    let read;
    try {
      const answer = /** @type {Function} */ (this.#describe)(context, stage);
      if (answer === undefined || answer === null) return undefined;
      ignorePromise(answer);
      read = {};
      read.labels = answer.labels;
      read.actionCount = answer.actionCount;
      read.environment = answer.environment;
      read.inputSize = answer.inputSize;
      read.complexity = answer.complexity;
      read.configurationHash = answer.configurationHash;
    } catch {
      this.core?.diagnostics.count('hostileInputs');
    }
    return read;
  }

  /** @param {unknown} context */
  pipelineContext(context) {
    const described =
      this.#describe === undefined ? undefined : this.#ask(context, undefined);
    const actionCount = described?.actionCount ?? actionCountOf(context);
    const environment = described?.environment ?? this.#environment;
    return described === undefined
      ? { actionCount, environment }
      : { actionCount, environment, labels: described.labels };
  }

  /** @param {unknown} context @param {unknown} stage */
  stageContext(context, stage) {
    const described =
      this.#describe === undefined ? undefined : this.#ask(context, stage);
    if (!this.estimateSizes) return described;
    const inputSize = described?.inputSize ?? estimateJsonSize(context);
    if (described === undefined) return { inputSize };
    const { labels, complexity, configurationHash } = described;
    return { inputSize, labels, complexity, configurationHash };
  }

  /** @param {unknown} context @returns the span of a pipeline; null where nothing is recorded */
  openPipeline(context) {
    if (this.isRemoved) return null;
    try {
      const span = openPipeline(
        this.metrics,
        this.pipelineContext(context),
        this.contained,
      );
      if (span !== null) span.target = this;
      return span;
    } catch {
      // A getter of what `describe` answered.
      return null;
    }
  }

  /** @param {unknown} stage @param {unknown} context */
  openStage(stage, context) {
    if (this.isRemoved) return null;
    try {
      const name = canonicalStageName(stage);
      const given =
        this.#describe === undefined && !this.estimateSizes
          ? undefined
          : this.stageContext(context, stage);
      const span = openStage(this.metrics, name, given);
      if (span === null) return null;
      span.readers = this.readers;
      if (span.opened !== null)
        this.core?.warnings.ofStageOutsidePipelines(name);
      return span;
    } catch {
      return null;
    }
  }
}

/**
 * The latest target that records, or one that stopped recording while its pipeline runs, whose rest stays
 * unmeasured.
 * @param {Target[]} targets
 */
function latestOf(targets) {
  const latest = /** @type {Target} */ (targets.at(-1));
  if (!latest.isClosed) return latest;
  const around = /** @type {Target | undefined} */ (
    currentSpan()?.execution.target
  );
  return around !== undefined && around.isClosed && targets.includes(around)
    ? around
    : (targets.findLast((target) => !target.isClosed) ?? latest);
}

/**
 * The target of the innermost surrounding pipeline that is among these; else the latest of them.
 * @param {Target[]} targets
 */
function targetOf(targets) {
  if (targets.length < 2) return targets[0];
  let span = currentSpan();
  while (span !== undefined) {
    const { execution } = span;
    const target = targets.includes(/** @type {Target} */ (execution.target))
      ? /** @type {Target} */ (execution.target)
      : targets.findLast(
          ({ isRemoved, metrics }) =>
            !isRemoved && metrics === execution.collector,
        );
    if (target !== undefined) return target;
    span = outerSpan(span);
  }
  return latestOf(targets);
}

/** @param {Call} call @returns what measures its original as an execution, while it has targets */
function measuringPipeline(call) {
  return {
    execute(/** @type {unknown} */ context) {
      const { original, targets, wrapper } = call;
      const span =
        targets.length > 0 && isOutermost(this, wrapper)
          ? latestOf(targets).openPipeline(context)
          : null;
      return span === null
        ? Reflect.apply(original, this, arguments)
        : measure(span, original, this, arguments);
    },
  }.execute;
}

/** @param {Call} call - to measure as a stage; apart, so that the compiler knows what it opens */
function measuringStage(call) {
  return {
    execute(/** @type {unknown} */ context) {
      const { original, targets, wrapper } = call;
      const span =
        targets.length > 0 && isOutermost(this, wrapper)
          ? /** @type {Target} */ (targetOf(targets)).openStage(this, context)
          : null;
      return span === null
        ? Reflect.apply(original, this, arguments)
        : measure(span, original, this, arguments);
    },
  }.execute;
}

/** @param {unknown} value */
const isHolder = (value) =>
  (typeof value === 'object' || typeof value === 'function') &&
  value !== null &&
  hasExecute(value);

/** @param {string} name @param {unknown} value */
function checkClass(name, value) {
  if (typeof value !== 'function' || !isHolder(value.prototype)) {
    throw invalidArg(
      `${name} must be a class whose prototype has a method execute`,
      value,
    );
  }
}

/**
 * The holder of the `execute` of a single pipeline or stage: the prototype of a class, else the object,
 * which may be a function, or a class with a static `execute`.
 * @param {string} option
 * @param {any} value
 * @returns {object}
 */
function holderOf(option, value) {
  const isClass = typeof value === 'function' && isHolder(value.prototype);
  const holder = isClass ? value.prototype : value;
  if (!isHolder(holder)) {
    throw invalidArg(
      `${option} must be classes or objects with a method execute`,
      value,
    );
  }
  return holder;
}

/** @param {string} option @param {unknown} values */
function holdersOf(option, values) {
  if (!Array.isArray(values))
    throw invalidArg(`${option} must be an array`, values);
  return values.map((value) => holderOf(option, value));
}

/** @param {InstallOptions} options @returns the options, checked, with their defaults */
function optionsFrom(options) {
  checkNames('options', options ?? {}, OPTIONS, { isArgument: true });
  const {
    Pipeline,
    PipelineStage,
    metrics,
    pipelines = [],
    stages = [],
    estimateSizes = false,
    contained = 'auto',
    describe,
  } = options ?? {};
  checkClass('Pipeline', Pipeline);
  checkClass('PipelineStage', PipelineStage);
  checkMethods('metrics', metrics, METHODS);
  if (contained !== 'auto' && typeof contained !== 'boolean')
    throw invalidArg("contained must be true, false or 'auto'", contained);
  if (typeof estimateSizes !== 'boolean')
    throw invalidArg('estimateSizes must be true or false', estimateSizes);
  if (describe !== undefined && typeof describe !== 'function')
    throw invalidArg('describe must be a function', describe);
  return {
    pipelines: [Pipeline.prototype, ...holdersOf('pipelines', pipelines)],
    stages: [PipelineStage.prototype, ...holdersOf('stages', stages)],
    target: {
      metrics,
      estimateSizes,
      contained,
      describe,
    },
  };
}

/**
 * Measures every pipeline and stage of an engine by wrapping `execute` of both prototypes; needs no
 * trace and leaves contexts untouched.
 *
 * Installing again on the same classes with the same options is one installation. Several may
 * share classes: a stage reports to the collector of the pipeline that it runs in, a pipeline to the
 * one installed last, and uninstalling one leaves the others working. A stage that does not run the
 * `execute` of `PipelineStage` (a subclass that overrides it without calling `super`, a plain
 * `{ name, execute }`) runs unmeasured, unless it is named in `stages`; so does a pipeline that is
 * not in `pipelines`, whose stages then are executions of their own: that is counted, and reported once.
 *
 * An installation that fails leaves everything as it was.
 * @param {InstallOptions} options
 * @returns {{ uninstall(): void }} `uninstall` puts every `execute` back
 */
function installPipelineMetrics(options) {
  const { pipelines, stages, target: given } = optionsFrom(options);
  const methods = [
    ...pipelines.map((holder) => wrappedMethodOf(holder, measuringPipeline)),
    ...stages.map((holder) => wrappedMethodOf(holder, measuringStage)),
  ];
  const known = methods[0].targets.find((target) => target.isSame(given));
  const target = known ?? new Target(given);
  const uninstall = () => {
    target.isRemoved = true;
    for (const method of methods) method.remove(target);
  };
  const added = [];
  try {
    for (const method of methods) if (method.add(target)) added.push(method);
  } catch (error) {
    for (const method of added) method.remove(target);
    throw error;
  }
  return { uninstall };
}

module.exports = { installPipelineMetrics };
