'use strict';

const { AsyncLocalStorage, executionAsyncId } = require('node:async_hooks');
const { performanceNow } = require('./monotonic');

/**
 * @import { ExecutionId, StageContext } from '../../types/inputs'
 * @import { OwnCost } from './own-cost'
 * @typedef {object} Span
 * @property {Execution} execution - itself, where it is one
 * @property {Span | undefined} outer
 * @property {boolean} isOver
 * @property {boolean} isCarried
 * @typedef {Span & {
 *   collector: object,
 *   trace: object | null,
 *   executionId?: ExecutionId,
 *   isMixed?: boolean,
 *   target?: object,
 *   openStage(outer: Span, stageName: string, stageContext: StageContext | null | undefined): any,
 *   timing: ReturnType<OwnCost['begin']> | null,
 * }} Execution
 */

/**
 * Determines which execution, and which of its stages, the running code belongs to. The carried value is a span:
 * an execution or a stage being measured, by any kind of recording. A span has `{ execution, outer, isOver,
 * isCarried }`; `outer` is the span that it started in. An execution `isMixed` if one of another collector is
 * inside or around it.
 * @type {AsyncLocalStorage<Span>}
 */
const storage = new AsyncLocalStorage();

/**
 * Whether carrying slows every promise of the process, as before Node 24, which carries with
 * promise hooks. There an instance has a symbol for the resources it hooks.
 */
const slowsPromises = 'kResourceStore' in storage;

/**
 * The one open execution that is not carried, or undefined: code that carries none belongs to it.
 * Executions that start until it ends are carried, so that attribution is never a guess.
 * @type {Span | undefined}
 */
let lone;

/**
 * The innermost span whose call is on the stack, and the {@link place} that its code began in: code
 * of another place runs within the call, but does not belong to it.
 * @type {Span | undefined}
 */
let innermost;
/** @type {unknown} */
let innermostPlace;

/** Open executions that are carried. */
let carried = 0;

/** Whether `storage` has carried anything since it was last switched off. */
let isCarrying = false;

/** Time in ms since which executions have run alone while `storage` was on; NaN if the last overlapped. */
let aloneSince = NaN;

/**
 * How long executions run alone, in ms, before `storage` is switched off. By then its cost to promises
 * is about that of switching it off and on again: some 100 µs with cold code.
 */
const MOST_ALONE = 5;

/** @param {Span} span @returns whether a span, or the execution that it is of, has ended */
const isEnded = (span) => span.isOver || span.execution.isOver;

/**
 * The innermost running span from `span` outwards, of a given or of any collector.
 * @param {Span | undefined} span
 * @param {object} [collector]
 * @returns {Span | undefined}
 */
function runningFrom(span, collector) {
  while (
    span !== undefined &&
    (isEnded(span) ||
      (collector !== undefined && span.execution.collector !== collector))
  )
    span = span.outer;
  return span;
}

/** @returns {Span | undefined} what the running code carries, if anything carried runs */
const carriedHere = () => (carried > 0 ? storage.getStore() : undefined);

/**
 * The identity of the running code's asynchronous context: what it carries, or where reading that
 * is slow, the context's number.
 */
const place = slowsPromises ? executionAsyncId : carriedHere;

/** @param {object} [collector] @returns the innermost running span here, of it or of any */
function currentSpan(collector) {
  if (innermost === undefined)
    return carried === 0 ? loneOf(collector) : spanCarried(collector);
  if (innermostPlace !== place()) return spanCarried(collector);
  const { execution } = innermost;
  return execution.collector === collector &&
    !innermost.isOver &&
    !execution.isOver
    ? innermost
    : (runningFrom(innermost, collector) ?? spanCarried(collector));
}

/** @param {object | undefined} collector @returns the lone execution, if it is of it; it has no outer span */
const loneOf = (collector) =>
  collector === undefined || lone?.execution.collector === collector
    ? lone
    : undefined;

/** @param {object | undefined} collector @returns the same if no call on the stack has one */
function spanCarried(collector) {
  const span = runningFrom(carriedHere(), collector);
  if (span !== undefined) return span;
  const isAlone = innermost !== undefined && !innermost.execution.isCarried;
  return (
    runningFrom(isAlone ? innermost : undefined, collector) ?? loneOf(collector)
  );
}

/** @param {Span} span @returns the innermost running span around a span */
const outerSpan = (span) => runningFrom(span.outer);

/**
 * The span that a stage of a mixed execution starts in, of any collector.
 * @param {Span} own - the innermost of its execution
 */
const spanAround = (own) => currentSpan() ?? own;

/** @param {object} trace @returns the innermost running execution here started through it */
function currentExecutionOf(trace) {
  let span = currentSpan();
  while (
    span !== undefined &&
    (span.execution.trace !== trace || isEnded(span))
  )
    span = span.outer;
  return span?.execution;
}

/**
 * The id of the innermost execution of a collector that the running code belongs to; undefined where there is none.
 * @param {object} collector
 */
function currentExecutionId(collector) {
  const execution = currentSpan(collector)?.execution;
  return /** @type {string | undefined} */ (
    execution?.executionId ??
      /** @type {{ id?: string } | undefined} */ (execution)?.id
  );
}

/** Stops carrying where nothing carried is running: before Node 24 it slows every promise. */
function stopCarrying() {
  if (!isCarrying || carried > 0) return;
  storage.disable();
  isCarrying = false;
}

/** Stops carrying once executions have run alone for long enough. */
function stopCarryingInTime() {
  const now = performanceNow();
  if (Number.isNaN(aloneSince)) aloneSince = now;
  else if (now - aloneSince > MOST_ALONE) stopCarrying();
}

/**
 * Registers an execution that starts, until {@link leave}.
 * @param {Span} execution
 * @param {boolean | 'auto'} contained - whether no stage of its collector runs outside of
 *   executions, so that one that no other overlaps need not be carried; 'auto' where carrying
 *   slows promises
 * @param {boolean} isBrief - whether it is expected to be over as its call returns: then no other
 *   overlaps it
 */
function enter(execution, contained, isBrief = false) {
  const outer = innermost === undefined && carried === 0 ? lone : currentSpan();
  execution.outer = outer;
  if (outer !== undefined) noteMixed(execution, outer);
  const mayBeLone = contained === 'auto' ? slowsPromises : contained;
  if ((mayBeLone || isBrief) && outer === undefined) {
    if (isCarrying && carried === 0) stopCarryingInTime();
    lone = execution;
    execution.isCarried = false;
    return;
  }
  startCarrying();
  execution.isCarried = true;
}

/** @param {Span} inner - an execution @param {Span} outer */
function noteMixed(inner, { execution }) {
  if (!execution.isMixed && execution.collector === inner.execution.collector)
    return;
  /** @type {Execution | undefined} */
  let at = inner.execution;
  while (at !== undefined && !at.isMixed) {
    at.isMixed = true;
    at = at.outer?.execution;
  }
}

/** Registers an execution that is carried, until {@link endCarrying}. */
function startCarrying() {
  carried += 1;
  isCarrying = true;
  aloneSince = NaN;
}

function endCarrying() {
  carried -= 1;
}

/** @param {Span} execution - that ends: contexts that outlive it hold on to no other */
function leave(execution) {
  execution.isOver = true;
  if (execution.outer !== undefined)
    execution.outer = runningFrom(execution.outer);
  if (execution === lone) lone = undefined;
  else endCarrying();
}

/**
 * Calls `fn` inside a span.
 * @param {Span} span
 * @param {Function} fn
 * @param {unknown} thisArg
 * @param {ArrayLike<unknown>} args
 */
function callIn(span, fn, thisArg, args) {
  return span.isCarried
    ? storage.run(span, callOnStack, span, fn, thisArg, args)
    : callOnStack(span, fn, thisArg, args);
}

/**
 * The same where the span need not be carried, or `storage` holds it.
 * @param {Span} span
 * @param {Function} fn
 * @param {unknown} thisArg
 * @param {ArrayLike<unknown>} args
 */
function callOnStack(span, fn, thisArg, args) {
  const before = innermost;
  const placeBefore = innermostPlace;
  const { timing } = span.execution;
  const placeHere = place();
  const depth = timing === null ? 0 : timing.pause();
  innermost = span;
  innermostPlace = placeHere;
  try {
    return args.length === 0 && thisArg === undefined
      ? fn()
      : Reflect.apply(fn, thisArg, args);
  } finally {
    // Before any call, which could overflow the stack and throw.
    innermost = before;
    innermostPlace = placeBefore;
    if (timing !== null) timing.resume(depth);
  }
}

let sequence = 0;

/** A number that this copy of the package has not used for an execution before. */
function nextSequence() {
  sequence += 1;
  return sequence;
}

/**
 * Runs `work`, whose executions no caller sees, and reuses their numbers.
 * @param {() => void} work
 */
function unnumbered(work) {
  const before = sequence;
  work();
  sequence = before;
}

/**
 * An execution id that this copy of the package has not given out before.
 * @param {string} prefix
 */
const nextExecutionId = (prefix) => `${prefix}-${nextSequence()}`;

module.exports = {
  callIn,
  callOnStack,
  currentExecutionId,
  currentExecutionOf,
  currentSpan,
  endCarrying,
  enter,
  leave,
  nextExecutionId,
  nextSequence,
  outerSpan,
  spanAround,
  startCarrying,
  stopCarrying,
  unnumbered,
};
