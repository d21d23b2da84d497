'use strict';

const { measure, measurePipelineSpan, openPipeline, openStage } = require('./measure');
const { canonicalStageName } = require('./names');
const { checkMethods } = require('./config');
const { estimateJsonSize } = require('./estimate');
const { invalidArg } = require('./errors');

const METHODS = ['startPipelineExecution', 'startStageExecution', 'completeStageExecution', 'completePipelineExecution'];

/** Wrapped prototypes: what stood there, what stands there now, and whom it reports to. */
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

function pipelineExecute(patch) {
  // One parameter, as the method it stands for; whatever else comes is handed on.
  return function execute(initialContext) {
    const { target, original } = patch;
    const span =
      target === null
        ? null
        : openPipeline(target.metrics, {
            actionCount: actionCountOf(initialContext),
            environment: target.environment,
          });
    if (span === null) return Reflect.apply(original, this, arguments);
    return measurePipelineSpan(span, original, this, arguments);
  };
}

function stageExecute(patch) {
  return function execute(context) {
    const { target, original } = patch;
    const span =
      target === null
        ? null
        : openStage(target.metrics, canonicalStageName(this), target.contextOf(context));
    if (span === null) return Reflect.apply(original, this, arguments);
    span.readers = target.readers;
    return measure(span, original, this, arguments);
  };
}

const noContext = () => undefined;
const SIZED = { calculateOutputSize: estimateJsonSize };
const sizedContext = (context) => ({ inputSize: estimateJsonSize(context) });

function checkClass(name, value) {
  if (typeof value !== 'function' || typeof value.prototype?.execute !== 'function') {
    throw invalidArg(`${name} must be a class whose prototype has a method execute`);
  }
}

/** Wraps `execute` of a prototype, or points the wrapper that is there at `target`. */
function wrap(Class, makeExecute, target) {
  const { prototype } = Class;
  let patch = installed.get(prototype);
  if (patch === undefined || prototype.execute !== patch.wrapper) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, 'execute');
    patch = { prototype, descriptor, original: prototype.execute, target: null, wrapper: null };
    patch.wrapper = makeExecute(patch);
    Object.defineProperty(prototype, 'execute', {
      ...(descriptor ?? { configurable: true, enumerable: false, writable: true }),
      value: patch.wrapper,
    });
    installed.set(prototype, patch);
  }
  patch.target = target;
  return patch;
}

/** Puts back what stood there, unless somebody wrapped it again: then it only falls silent. */
function unwrap(patch, target) {
  if (patch.target !== target) return;
  patch.target = null;
  const { prototype, descriptor, wrapper } = patch;
  if (Object.getOwnPropertyDescriptor(prototype, 'execute')?.value !== wrapper) return;
  if (descriptor === undefined) delete prototype.execute;
  else Object.defineProperty(prototype, 'execute', descriptor);
  installed.delete(prototype);
}

/**
 * Measures every pipeline and stage of an engine, without a trace and without touching what
 * its contexts hold: wraps `execute` of both prototypes.
 *
 * Installing again on the same classes is one installation; a later collector takes over from
 * the earlier. Stages that do not inherit `execute` from `PipelineStage` (a subclass that
 * overrides it without calling `super`, a plain `{ name, execute }`) run unmeasured.
 *
 * @param {{ Pipeline: Function, PipelineStage: Function, metrics: object, estimateSizes?: boolean }} options
 * @returns {{ uninstall(): void }} `uninstall` puts the prototypes back
 */
function installPipelineMetrics(options) {
  const { Pipeline, PipelineStage, metrics, estimateSizes = false } = options ?? {};
  checkClass('Pipeline', Pipeline);
  checkClass('PipelineStage', PipelineStage);
  checkMethods('metrics', metrics, METHODS);
  const known = installed.get(Pipeline.prototype)?.target;
  const isSame = known?.metrics === metrics && known.estimateSizes === estimateSizes;
  const target = isSame
    ? known
    : {
        metrics,
        estimateSizes,
        contextOf: estimateSizes ? sizedContext : noContext,
        readers: estimateSizes ? SIZED : null,
        environment: process.env.NODE_ENV || 'unknown',
      };
  const patches = [
    wrap(Pipeline, pipelineExecute, target),
    wrap(PipelineStage, stageExecute, target),
  ];
  return {
    uninstall() {
      for (const patch of patches) unwrap(patch, target);
    },
  };
}

module.exports = { installPipelineMetrics };
