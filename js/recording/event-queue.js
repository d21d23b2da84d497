'use strict';

/**
 * @typedef {{ bus(): unknown, deliver(name: string, payload: object): PromiseLike<unknown> | undefined, failed(error: unknown): void }} Dispatches
 * @typedef {{ name: string, payload: any }} Event
 */

/** Most events of one kind that wait for an asynchronous bus. */
const MAX_WAITING = 1000;

/**
 * A chain begun outside any execution, in whose context events are dispatched: a waiting event retains no execution,
 * and what a listener measures does not belong to an ended one. An `AsyncResource` would do the same, but test runners
 * report it as an open handle.
 */
class Outside {
  /** @type {(() => void)[]} */
  #due = [];
  #wake = () => {};

  constructor() {
    this.#run();
  }

  async #run() {
    for (;;) {
      await new Promise((resolve) => {
        this.#wake = () => resolve(undefined);
      });
      for (const work of this.#due.splice(0)) work();
    }
  }

  /** @param {() => void} work - throws nothing */
  soon(work) {
    this.#due.push(work);
    this.#wake();
  }
}

const outside = new Outside();

/**
 * The dispatches of one event name to one bus. An asynchronous bus gets one at a time: the next
 * after the promise of the last has settled. A synchronous one gets each at once, even from within
 * another.
 */
class Turn {
  #unsettled = 0;
  /** Whether the bus has ever returned a promise. */
  #isAsync = false;
  #isDispatching = false;
  /** @type {Set<EventQueue>} - those whose oldest event is of this name; collectors share a bus */
  #waiting = new Set();

  /** Whether a new event would be dispatched at once, with none before it. */
  get isFree() {
    return (
      this.#unsettled === 0 &&
      this.#waiting.size === 0 &&
      !(this.#isDispatching && this.#isAsync)
    );
  }

  /**
   * Dispatches an event of a queue that has no other, where the turn {@link isFree}.
   * @param {EventQueue} queue
   * @param {string} name
   * @param {object} payload
   */
  dispatch(queue, name, payload) {
    const isNested = this.#isDispatching;
    this.#isDispatching = true;
    try {
      const answer = queue.deliver(name, payload);
      if (answer !== undefined) this.#await(answer, queue);
    } finally {
      // Also after a stack overflow in a deep recursion.
      this.#isDispatching = isNested;
    }
    // Events dispatched from within, now that the bus turned out to return promises.
    if (this.#waiting.size > 0) this.#advance();
  }

  /** @param {EventQueue} queue */
  enter(queue) {
    this.#waiting.add(queue);
    if (!(this.#isDispatching && this.#isAsync)) this.#advance();
  }

  /** @param {EventQueue} queue */
  leave(queue) {
    this.#waiting.delete(queue);
  }

  #advance() {
    const isNested = this.#isDispatching;
    this.#isDispatching = true;
    try {
      while (this.#unsettled === 0 && this.#waiting.size > 0) {
        const [queue] = this.#waiting;
        this.#waiting.delete(queue);
        const answer = queue.dispatchOldest();
        if (answer !== undefined) this.#await(answer, queue);
        const next = queue.turn();
        if (next === this) this.#waiting.add(queue);
        else next?.enter(queue);
      }
    } finally {
      this.#isDispatching = isNested;
    }
  }

  /** @param {unknown} answer @param {EventQueue} queue */
  #await(answer, queue) {
    this.#isAsync = true;
    this.#unsettled += 1;
    const settled = () =>
      outside.soon(() => {
        this.#unsettled -= 1;
        this.#advance();
      });
    const rejected = (/** @type {unknown} */ error) => {
      queue.failed(error);
      settled();
    };
    // Any thenable settles once, later, and throws nothing here.
    new Promise((resolve) => resolve(answer)).then(settled, rejected);
  }
}

/** @type {WeakMap<object, Map<string, Turn>>} */
const turnsByBus = new WeakMap();

/** Replaces a bus that a caller removed: each dispatch to it fails, and is counted. */
const NO_BUS = {};

/** @param {unknown} given @param {string} name */
function turnAt(given, name) {
  const bus = Object(given) === given ? /** @type {object} */ (given) : NO_BUS;
  const turns = turnsByBus.get(bus) ?? new Map();
  turnsByBus.set(bus, turns);
  /** @type {Turn} */
  const turn = turns.get(name) ?? new Turn();
  turns.set(name, turn);
  return turn;
}

/**
 * Merges two events into the later one; undefined where each is dispatched.
 * @type {Record<'alerts' | 'latest' | 'analyses', (waiting: { executions?: number }, next: { executions?: number }, isFull: boolean) => object | undefined>}
 */
const MERGES = {
  alerts: () => undefined,
  latest: (_waiting, next) => next,
  analyses: (waiting, next, isFull) =>
    isFull ||
    (waiting.executions !== undefined && next.executions !== undefined)
      ? {
          ...next,
          executions: (waiting.executions ?? 1) + (next.executions ?? 1),
        }
      : undefined,
};

/** A collector's events to dispatch, oldest first. */
class EventQueue {
  /** Events dropped because the queue was full. */
  dropped = 0;
  /** @type {Event[]} */
  #events = [];
  /** @type {Turn | null} - where its oldest event waits */
  #turn = null;
  /** @type {unknown} */
  #lastBus;
  /** @type {string | undefined} */
  #lastName;
  /** @type {Turn | undefined} */
  #lastTurn;
  #dispatches;
  #merge;

  /**
   * @param {Dispatches} dispatches - `bus()`, `deliver(name, payload)` and `failed(error)`
   * @param {'alerts' | 'latest' | 'analyses'} kind - what becomes of events that wait: {@link MERGES}
   */
  constructor(dispatches, kind) {
    this.#dispatches = dispatches;
    this.#merge = MERGES[kind];
  }

  /** @param {string} name @param {object} payload */
  add(name, payload) {
    const events = this.#events;
    if (events.length === 0) {
      const turn = this.#turnOf(name);
      if (turn.isFree) {
        turn.dispatch(this, name, payload);
        return;
      }
    }
    const last = events.at(-1);
    const isFull = events.length >= MAX_WAITING;
    const merged =
      last === undefined
        ? undefined
        : this.#merge(last.payload, payload, isFull);
    if (merged !== undefined) /** @type {Event} */ (last).payload = merged;
    else if (isFull) this.dropped += 1;
    else events.push({ name, payload });
    this.turn()?.enter(this);
  }

  /** @param {string} name @returns {Turn} of its events; that of the latest is at hand */
  #turnOf(name) {
    const bus = this.#dispatches.bus();
    if (bus !== this.#lastBus || name !== this.#lastName) {
      this.#lastTurn = turnAt(bus, name);
      this.#lastBus = bus;
      this.#lastName = name;
    }
    return /** @type {Turn} */ (this.#lastTurn);
  }

  /** The turn in which its oldest event has to wait; null without one. */
  turn() {
    const oldest = this.#events[0];
    const turn = oldest === undefined ? null : this.#turnOf(oldest.name);
    if (this.#turn !== turn) this.#turn?.leave(this);
    this.#turn = turn;
    return turn;
  }

  /** @returns {any} the promise of an asynchronous bus, else undefined */
  dispatchOldest() {
    const event = this.#events.shift();
    return event === undefined
      ? undefined
      : this.deliver(event.name, event.payload);
  }

  /** @param {string} name @param {object} payload @returns {any} as for {@link dispatchOldest} */
  deliver(name, payload) {
    return this.#dispatches.deliver(name, payload);
  }

  /** @param {unknown} error */
  failed(error) {
    this.#dispatches.failed(error);
  }

  clear() {
    this.#events = [];
    this.turn();
  }
}

module.exports = { EventQueue };
