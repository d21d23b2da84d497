'use strict';

const {
  isOutermost,
  measure,
  measuringMethods,
  openPipeline,
  openStage,
} = require('./measure');
const { canonicalStageName } = require('./stage-name');
const { checkMethods } = require('../config/settings');
const { follow } = require('./follow');
const { estimateJsonSize } = require('./json-size');
const { invalidArg } = require('../errors');

const METHODS = [
  'startPipelineExecution',
  'startStageExecution',
  'completeStageExecution',
  'completePipelineExecution',
];

/** What was wrapped: what stood there, what stands there now, and whom it reports to. */
const installed = new WeakMap();

/** Actions that a pipeline is to look at: its candidates, else its actions. */
function actionCountOf(context) {
  try {
    const { candidateActions, actions } = context;
    if (Array.isArray(candidateActions)) return candidateActions.length;
    return Array.isArray(actions) ? actions.length : 0;
  } catch {
    return 0;
  }
}

/** Opens the execution of a pipeline. */
function openRun(target, context) {
  const pipelineContext = {
    actionCount: actionCountOf(context),
    environment: target.environment,
  };
  const span = openPipeline(target.metrics, pipelineContext, target.contained);
  return readBy(target, span);
}

/** Tells a span who reads its result. */
function readBy(target, span) {
  if (span !== null) {
    span.readers = target.readers;
  }
  return span;
}

/** Opens a stage, unless a method of its own class measures it already. */
function openStageOf(target, stage, execute, context) {
  if (!isOutermost(stage, execute)) return null;
  const span = openStage(
    target.metrics,
    canonicalStageName(stage),
    target.contextOf(context),
  );
  return readBy(target, span);
}

/** Measures `patch.original` as an execution for as long as the patch has a target. */
function measuringRun(patch) {
  return function execute(...args) {
    const { target, original } = patch;
    const span = target === null ? null : openRun(target, args[0]);
    return span === null
      ? Reflect.apply(original, this, args)
      : measure(span, original, this, args);
  };
}

/**
 * The same as a stage. A function of its own, so that the compiler knows for either what it
 * opens.
 */
function measuringStage(patch) {
  return function execute(context) {
    const { target, original, wrapper } = patch;
    const span =
      target === null ? null : openStageOf(target, this, wrapper, context);
    if (span === null) return Reflect.apply(original, this, arguments);
    if (span.store !== null) return measure(span, original, this, arguments);
    // Called here, so that no list of arguments is made at every stage.
    let value;
    try {
      value = Reflect.apply(original, this, arguments);
    } catch (error) {
      span.failed(error);
      throw error;
    }
    return follow(value, span);
  };
}

const noContext = () => undefined;
const SIZED = { calculateOutputSize: estimateJsonSize };
const sizedContext = (context) => ({ inputSize: estimateJsonSize(context) });

function checkClass(name, value) {
  if (
    typeof value !== 'function' ||
    typeof value.prototype?.execute !== 'function'
  ) {
    throw invalidArg(
      `${name} must be a class whose prototype has a method execute`,
    );
  }
}

/** What holds the `execute` of a stage given by itself: the prototype of a class, else the object. */
function holderOf(stage) {
  const holder = typeof stage === 'function' ? stage.prototype : stage;
  if (typeof holder?.execute !== 'function') {
    throw invalidArg('stages must be classes or objects with a method execute');
  }
  return holder;
}

/** Puts a measuring method in place of `execute`, with the name and length of what stood there. */
function patchOf(holder, measuring) {
  const descriptor = Object.getOwnPropertyDescriptor(holder, 'execute');
  const original = holder.execute;
  const patch = { holder, descriptor, original, target: null, wrapper: null };
  patch.wrapper = Object.defineProperties(measuring(patch), {
    name: { value: original.name, configurable: true },
    length: { value: original.length, configurable: true },
  });
  Object.defineProperty(holder, 'execute', {
    configurable: true,
    enumerable: descriptor !== undefined && descriptor.enumerable,
    writable: true,
    value: patch.wrapper,
  });
  return patch;
}

/** Wraps `execute` of an object, or points the wrapper that is there at `target`. */
function wrap(holder, measuring, target) {
  let patch = installed.get(holder);
  if (patch === undefined || holder.execute !== patch.wrapper) {
    // Somebody put another method over ours: it may call ours, which then stays silent.
    if (patch !== undefined) silence(patch);
    patch = patchOf(holder, measuring);
    installed.set(holder, patch);
  }
  patch.target = target;
  measuringMethods.add(patch.wrapper);
  return patch;
}

function silence(patch) {
  patch.target = null;
  measuringMethods.delete(patch.wrapper);
}

/** Puts back what stood there, unless somebody wrapped it again: then it only falls silent. */
function unwrap(patch, target) {
  if (patch.target !== target) return;
  silence(patch);
  const { holder, descriptor, wrapper } = patch;
  if (Object.getOwnPropertyDescriptor(holder, 'execute')?.value !== wrapper)
    return;
  if (descriptor === undefined) delete holder.execute;
  else Object.defineProperty(holder, 'execute', descriptor);
  installed.delete(holder);
}

/** What the wrappers of an installation need to know; the one in place where it is the same. */
function targetFor(Pipeline, metrics, estimateSizes, contained) {
  const known = installed.get(Pipeline.prototype)?.target;
  if (
    known?.metrics === metrics &&
    known.estimateSizes === estimateSizes &&
    known.contained === contained
  ) {
    return known;
  }
  return {
    metrics,
    estimateSizes,
    contained,
    contextOf: estimateSizes ? sizedContext : noContext,
    readers: estimateSizes ? SIZED : null,
    environment: process.env.NODE_ENV || 'unknown',
  };
}

/**
 * Measures every pipeline and stage of an engine, without a trace and without touching what
 * its contexts hold: wraps `execute` of both prototypes.
 *
 * Installing again on the same classes is one installation; a later collector takes over from
 * the earlier, whose `uninstall` then does nothing. A stage that does not run the `execute` of
 * `PipelineStage` (a subclass that overrides it without calling `super`, a plain
 * `{ name, execute }`) runs unmeasured, unless it is named in `stages`. A subclass that does call
 * `super` is measured from there on.
 *
 * @param {object} options
 * @param {Function} options.Pipeline
 * @param {Function} options.PipelineStage
 * @param {object} options.metrics - the collector
 * @param {boolean} [options.estimateSizes] - sizes of contexts and results too, at some
 *   microseconds a stage; false by default
 * @param {boolean} [options.contained] - true says that nothing measured with `metrics`, and no
 *   stage that reports to the execution around it, runs outside of a pipeline or after its end;
 *   false by default. An execution that no other overlaps then needs no asynchronous context,
 *   which before Node 24 makes every promise of the process dearer. Where it is said and not so,
 *   such a stage counts to the pipeline that runs
 * @param {(Function | object)[]} [options.stages] - further classes and objects with an `execute`
 * @returns {{ uninstall(): void }} `uninstall` puts every `execute` back
 */
function installPipelineMetrics(options) {
  const {
    Pipeline,
    PipelineStage,
    metrics,
    estimateSizes = false,
    contained = false,
    stages = [],
  } = options ?? {};
  checkClass('Pipeline', Pipeline);
  checkClass('PipelineStage', PipelineStage);
  checkMethods('metrics', metrics, METHODS);
  if (!Array.isArray(stages)) throw invalidArg('stages must be an array');
  const holders = [PipelineStage.prototype, ...stages.map(holderOf)];
  const target = targetFor(
    Pipeline,
    metrics,
    Boolean(estimateSizes),
    Boolean(contained),
  );
  const patches = [
    wrap(Pipeline.prototype, measuringRun, target),
    ...holders.map((holder) => wrap(holder, measuringStage, target)),
  ];
  return {
    uninstall() {
      for (const patch of patches) unwrap(patch, target);
    },
  };
}

module.exports = { installPipelineMetrics };
