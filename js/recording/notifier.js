'use strict';

const { checkNames } = require('../config/option-names');
const { invalidConfig } = require('../errors');
const channels = require('./channels');
const { EventQueue } = require('./event-queue');
const { visible } = require('../visible-text');
const { levelsOf } = require('./log-levels');

/**
 * @import { Alert } from '../../types/findings'
 * @import { CollectorOptions as Options } from '../../types/options'
 * @typedef {Record<'alert' | 'analysis' | 'aggregated' | 'resolved', string>} EventNames
 * @typedef {ConstructorParameters<typeof EventQueue>[0]} Queues
 */

const STYLES = ['auto', 'object', 'name-payload'];

/** @type {Readonly<EventNames>} - under which events are dispatched by default, by role */
const EVENT_NAMES = Object.freeze({
  alert: 'PIPELINE_PERFORMANCE_ALERT',
  analysis: 'PIPELINE_PERFORMANCE_ANALYSIS',
  aggregated: 'PIPELINE_METRICS_AGGREGATED',
  resolved: 'PIPELINE_PERFORMANCE_ALERT_RESOLVED',
});

/** @param {any} answer */
const isThenable = (answer) => typeof answer?.then === 'function';

/** @param {Options['eventNames']} given @returns {Readonly<EventNames>} */
function eventNames(given) {
  if (given === undefined || given === null) return EVENT_NAMES;
  if (typeof given !== 'object')
    throw invalidConfig('eventNames', given, 'an object of names');
  /** @type {Record<string, string>} */
  const names = { ...EVENT_NAMES };
  checkNames('eventNames', given, Object.keys(EVENT_NAMES));
  for (const [role, name] of Object.entries(given)) {
    if (name === undefined) continue;
    if (typeof name !== 'string' || name === '') {
      throw invalidConfig(`eventNames.${role}`, name, 'a non-empty string');
    }
    names[role] = name;
  }
  return /** @type {EventNames} */ (names);
}

/**
 * The queue of each name; alerts and resolved alerts share one, which preserves their order.
 * @param {Readonly<EventNames>} names
 * @param {Queues} dispatches
 */
function queuesOf(names, dispatches) {
  const alerts = new EventQueue(dispatches, 'alerts');
  const queues = new Map([
    [names.analysis, new EventQueue(dispatches, 'analyses')],
    [names.aggregated, new EventQueue(dispatches, 'latest')],
  ]);
  // Under one name, events of two kinds cannot replace each other.
  if (queues.size < 2) queues.set(names.analysis, alerts);
  return queues.set(names.alert, alerts).set(names.resolved, alerts);
}

/**
 * Calls the caller's event bus and logger. Their failures (throwing, rejecting, missing) are
 * counted and reported once through `logger.error`; they never reach the code that calls this.
 */
class Notifier {
  #owner;
  #named;
  /** The name under which each event is dispatched. */
  names;
  listenerErrors = 0;
  loggerErrors = 0;
  /** Whether the logger printed such lines at the last {@link askLevels}. */
  printsDebug = true;
  printsInfo = true;
  #reported = false;
  /** Whether dispatching has ended. */
  isClosed = false;
  /** @type {Map<string, EventQueue>} */
  #queues;
  /** @type {{ logger: object | null, prints: ReturnType<typeof levelsOf> }} */
  #levels = { logger: null, prints: null };

  /**
   * @param {{ logger: any, eventBus: any }} owner - read at each call
   * @param {Pick<Options, 'dispatchStyle' | 'eventNames'>} options
   */
  constructor(owner, { dispatchStyle, eventNames: names }) {
    dispatchStyle ??= 'auto';
    if (!STYLES.includes(dispatchStyle)) {
      throw invalidConfig(
        'dispatchStyle',
        dispatchStyle,
        `one of ${STYLES.join(', ')}`,
      );
    }
    this.#owner = owner;
    this.names = eventNames(names);
    this.#named =
      dispatchStyle === 'name-payload' ||
      (dispatchStyle === 'auto' && owner.eventBus.dispatch.length >= 2);
    this.#queues = queuesOf(this.names, {
      bus: () => this.#bus(),
      deliver: (name, payload) => this.#deliver(name, payload),
      failed: (error) => this.#failed(error),
    });
    this.askLevels();
  }

  /** Alerts dropped because 1,000 were waiting for the event bus. */
  get droppedAlerts() {
    return this.#queues.get(this.names.alert)?.dropped ?? 0;
  }

  /**
   * Dispatches an event at once, or to a bus that returns promises, after earlier ones of the same
   * name have settled. Of waiting aggregates, and of waiting analyses of wired executions, only the
   * latest is dispatched.
   * @param {string} name - one of {@link names}
   * @param {object} payload - an analysis of wired executions has `executions`, how many it covers
   */
  dispatch(name, payload) {
    if (this.isClosed) return;
    try {
      this.#queues.get(name)?.add(name, payload);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The caller's bus; none if its getter throws, which then fails each dispatch. */
  #bus() {
    try {
      return this.#owner.eventBus;
    } catch {
      return undefined;
    }
  }

  /**
   * Runs work of a timer: an error thrown in it would end the process.
   * @param {() => void} work
   */
  contain(work) {
    try {
      work();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** @param {string} type @param {object} payload */
  #deliver(type, payload) {
    try {
      const bus = this.#owner.eventBus;
      const answer = this.#named
        ? bus.dispatch(type, payload)
        : bus.dispatch({ type, payload });
      return isThenable(answer) ? answer : undefined;
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  /** Ends dispatching and drops what waits. */
  close() {
    this.isClosed = true;
    for (const queue of this.#queues.values()) queue.clear();
  }

  /** @param {string} stageName @param {Alert[]} alerts */
  raise(stageName, alerts) {
    for (const alert of alerts) {
      if (this.isClosed) return;
      channels.alerts.publish(alert);
      if (alert.resolvedAt !== undefined) {
        this.dispatch(this.names.resolved, alert);
        this.info(
          'Performance alert resolved for stage',
          `${visible(stageName)}:`,
          alert,
        );
        continue;
      }
      this.dispatch(this.names.alert, alert);
      this.warn(`Performance alert for stage ${stageName}:`, alert);
    }
  }

  /**
   * Asks the logger whether it prints debug and info lines, where it can be asked. Called when an
   * execution starts, so that {@link printsDebug} and {@link printsInfo} cost a line nothing: a
   * level that changes later counts from the next execution on.
   */
  askLevels() {
    try {
      const { logger } = this.#owner;
      if (logger !== this.#levels.logger) {
        this.#levels = { logger, prints: levelsOf(logger) };
        this.printsDebug = true;
        this.printsInfo = true;
      }
      const { prints } = this.#levels;
      if (prints === null) return;
      this.printsDebug = prints('debug');
      this.printsInfo = prints('info');
    } catch {
      this.printsDebug = true;
      this.printsInfo = true;
      this.#loggerFailed();
    }
  }

  /**
   * Logs an event and its subject.
   * @param {string} event
   * @param {string} name - of a stage or an id, as `visible` shows it: a caller's text
   * @param {unknown} [details]
   */
  debug(event, name, details) {
    // Not through `#log`: each direct stage logs such a line, and would pay for an array of details.
    try {
      const answer = this.#owner.logger.debug(`${event} ${name}`, details);
      if (answer !== undefined) this.#watch(answer);
    } catch {
      this.#loggerFailed();
    }
  }

  /** @param {string} event @param {string} name @param {unknown} [details] */
  info(event, name, details) {
    this.#log('info', `${event} ${name}`, details);
  }

  /** @param {string} message @param {...unknown} details */
  warn(message, ...details) {
    this.#log('warn', visible(message), ...details);
  }

  /** @param {string} message @param {...unknown} details */
  error(message, ...details) {
    this.#log('error', visible(message), ...details);
  }

  /** @param {string} level @param {string} message @param {...unknown} details */
  #log(level, message, ...details) {
    try {
      this.#watch(this.#owner.logger[level](message, ...details));
    } catch {
      if (level === 'error') this.loggerErrors += 1;
      else this.#loggerFailed();
    }
  }

  /** @param {any} answer */
  #watch(answer) {
    if (isThenable(answer))
      answer.then(undefined, () => (this.loggerErrors += 1));
  }

  #loggerFailed() {
    this.loggerErrors += 1;
    this.#report('The logger failed');
  }

  /** @param {unknown} error */
  #failed(error) {
    this.listenerErrors += 1;
    this.#report('An event listener failed', error);
  }

  /** @param {string} what @param {...unknown} error */
  #report(what, ...error) {
    if (this.#reported) return;
    this.#reported = true;
    this.error(
      `${what}; the pipeline is unaffected, later failures are only counted`,
      ...error,
    );
  }
}

module.exports = { Notifier };
