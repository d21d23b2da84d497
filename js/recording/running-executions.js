'use strict';

const { endCarrying, startCarrying } = require('./active-execution');
const { rowsOf } = require('./custom-labels');
const { idOf, toId, toName } = require('./names');
const { OpenStages } = require('./open-stages');

/**
 * @import { Execution, Stage } from '../../types/results'
 * @import { Captures } from '../config/capture-level'
 * @import { Core } from './core'
 * @import { Ended } from './ended-executions'
 */

/**
 * A running execution that was started directly: its slot on the native side, and its caller's
 * objects. The last started stage is stored in fields, running ones below it in a list, which
 * sequential stages never need.
 */
class RunningExecution {
  /** @type {Stage | null} - what the caller holds of the one started last; null for none */
  stage = null;
  /** The stage's name. */
  name = '';
  /** Its place in the execution. */
  span = 0;
  /** @type {number[] | null} - rows of the labels that it and its stages were given; null for none */
  labels = null;
  /** Whether it has ended; its native slot may be another's by now. */
  isOver = false;
  /** @type {(() => void) | null} - called as it ends, where it is that of measured code */
  onEnd = null;
  /** Whether its measured stages are carried; code after an `await` has no other way to find it. */
  #isCarried = false;
  /** @type {OpenStages | null} */
  #below = null;

  /**
   * @param {number} slot
   * @param {string} id
   * @param {Execution} handle - what the caller holds of it
   * @param {Captures} captures
   */
  constructor(slot, id, handle, captures) {
    this.slot = slot;
    this.id = id;
    this.handle = handle;
    this.byName = handle.stages;
    this.captures = captures;
    /** The last heap reading of this execution in bytes, which a boundary soon after may share. */
    this.heap = NaN;
    /** The time of that reading, in ms. */
    this.heapAt = -Infinity;
  }

  /** One of its measured stages starts. */
  carry() {
    if (this.#isCarried || this.isOver) return;
    this.#isCarried = true;
    startCarrying();
  }

  /** It has ended, or will not. */
  end() {
    if (this.isOver) return;
    this.isOver = true;
    if (this.#isCarried) endCarrying();
    if (this.onEnd !== null) this.onEnd();
  }

  /** @param {number} heap @param {number} at */
  noteHeap(heap, at) {
    this.heap = heap;
    this.heapAt = at;
  }

  /**
   * @param {Parameters<typeof rowsOf>[1]} labels
   * @param {number} stage - NaN for the execution
   * @param {number} at - NaN for the execution
   */
  addLabels(labels, stage, at) {
    this.labels = rowsOf(this.labels, labels, stage, at);
  }

  /** @param {Core['engine']} engine - gets the labels that it and its stages were given */
  storeLabels(engine) {
    if (this.labels === null) return;
    try {
      engine.storeLabels(this.slot, Float64Array.from(this.labels));
    } catch {
      // A faulted engine refuses everything; the next hot call reports it.
    }
  }

  /** @param {Stage} stage @param {string} name @param {number} span */
  open(stage, name, span) {
    if (this.stage !== null) {
      this.#below ??= new OpenStages();
      this.#below.push(this.stage, this.name, this.span);
    }
    this.stage = stage;
    this.name = name;
    this.span = span;
  }

  /**
   * The place of the stage of a handle, or of the latest start of a name; -1 for none. A name may
   * be given in any form; a handle identifies only its own stage.
   * @param {unknown} stage
   */
  find(stage) {
    if (this.stage === null) return -1;
    if (this.stage === stage || this.name === stage) return this.span;
    const key =
      typeof stage === 'object' && stage !== null ? stage : toName(stage);
    if (this.name === key) return this.span;
    return this.#below?.find(key)?.span ?? -1;
  }

  /** @param {unknown} stage */
  isRunning(stage) {
    return typeof stage === 'object' && this.find(stage) >= 0;
  }

  /** @param {number} span @param {unknown} stage @returns its caller's object; null for none */
  close(span, stage) {
    if (this.stage === null) return null;
    if (this.span === span) {
      const closed = this.stage;
      this.#pop();
      return closed;
    }
    const key =
      typeof stage === 'object' && stage !== null ? stage : toName(stage);
    let open = this.#below?.find(key) ?? null;
    // Another stage of that name may have started since.
    while (open !== null && open.span !== span) open = open.below;
    if (open === null) return null;
    /** @type {OpenStages} */ (this.#below).remove(open);
    return open.stage;
  }

  /** The running stages with their callers' objects and names. */
  openStages() {
    if (this.stage === null) return [];
    const { stage, name } = this;
    return [{ stage, name }, ...(this.#below ?? [])];
  }

  #pop() {
    const next = this.#below?.top ?? null;
    if (next === null) {
      this.stage = null;
      return;
    }
    /** @type {OpenStages} */ (this.#below).remove(next);
    this.stage = next.stage;
    this.name = next.name;
    this.span = next.span;
  }
}

/** @param {RunningExecution} execution */
const isDirect = (execution) => execution.onEnd === null;

/**
 * The running executions that were started directly, by id, in the order they started. The latest
 * is stored in a field: a map whose entries come and go is reallocated every few executions, and
 * the old table retains them.
 */
class RunningExecutions {
  /** @type {RunningExecution | null} */
  #latest = null;
  /** @type {Map<string, RunningExecution>} */
  #others = new Map();
  #ended;
  #close;

  /**
   * @param {Ended} ended - knows those that were abandoned
   * @param {(slot: number) => void} close - abandons one on the native side
   */
  constructor(ended, close) {
    this.#ended = ended;
    this.#close = close;
  }

  /** @param {string} id @returns {RunningExecution | undefined} */
  get(id) {
    const latest = this.#latest;
    if (latest !== null && latest.id === id) return latest;
    return this.#others.size === 0 ? undefined : this.#others.get(id);
  }

  /** @param {unknown} asked - an id or a start's handle @returns {RunningExecution | undefined} */
  find(asked) {
    const known = this.get(/** @type {string} */ (asked));
    if (known !== undefined) return known;
    if (typeof asked === 'object' && asked !== null) {
      const execution = this.get(/** @type {string} */ (idOf(asked)));
      if (execution?.handle === asked) return execution;
      if (this.#ended.knows(asked)) return undefined;
    }
    const id = toId(asked);
    return id === asked ? undefined : this.get(id);
  }

  /** @param {unknown} asked @returns the same; without an id, the only one that no measured code started */
  findOrOnly(asked) {
    if (asked !== undefined && asked !== null) return this.find(asked);
    const latest = this.#latest;
    let only = latest !== null && isDirect(latest) ? latest : undefined;
    for (const other of this.#others.values()) {
      if (!isDirect(other)) continue;
      if (only !== undefined) return undefined;
      only = other;
    }
    return only;
  }

  /** @param {RunningExecution} execution @returns {RunningExecution | undefined} it replaces */
  add(execution) {
    const replaced = this.get(execution.id);
    const latest = this.#latest;
    if (replaced === undefined) {
      if (latest !== null) this.#others.set(latest.id, latest);
      this.#latest = execution;
      return undefined;
    }
    replaced.end();
    if (replaced === latest) this.#latest = execution;
    else this.#others.set(execution.id, execution);
    return replaced;
  }

  /** @param {RunningExecution} execution */
  remove(execution) {
    execution.end();
    if (this.#latest === execution) this.#latest = null;
    else if (this.#others.get(execution.id) === execution)
      this.#others.delete(execution.id);
  }

  /** @param {RunningExecution} execution */
  abandon(execution) {
    this.abandoned(execution);
    this.#close(execution.slot);
  }

  /** @param {RunningExecution} execution - that the native side has abandoned */
  abandoned(execution) {
    this.remove(execution);
    this.#ended.abandoned(execution);
  }

  /** @param {string} id */
  abandonId(id) {
    const execution = this.get(id);
    if (execution !== undefined) this.abandon(execution);
    return execution !== undefined;
  }

  get size() {
    return this.#others.size + (this.#latest === null ? 0 : 1);
  }

  /** The oldest, or undefined. */
  get oldest() {
    return this.#others.size > 0
      ? this.#others.values().next().value
      : (this.#latest ?? undefined);
  }

  /** All of them, in a new array. */
  all() {
    const all = [...this.#others.values()];
    if (this.#latest !== null) all.push(this.#latest);
    return all;
  }
}

module.exports = { RunningExecution, RunningExecutions };
