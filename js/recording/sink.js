'use strict';

const { invalidConfig } = require('../errors');

const STYLES = ['auto', 'object', 'name-payload'];

/** The events, by their role, with the names they are dispatched under by default. */
const EVENT_NAMES = Object.freeze({
  alert: 'PIPELINE_PERFORMANCE_ALERT',
  analysis: 'PIPELINE_PERFORMANCE_ANALYSIS',
  aggregated: 'PIPELINE_METRICS_AGGREGATED',
  resolved: 'PIPELINE_PERFORMANCE_ALERT_RESOLVED',
});

function eventNames(given) {
  if (given === undefined || given === null) return EVENT_NAMES;
  if (typeof given !== 'object')
    throw invalidConfig('eventNames', given, 'an object of names');
  const names = { ...EVENT_NAMES };
  for (const [role, name] of Object.entries(given)) {
    if (!Object.hasOwn(EVENT_NAMES, role)) {
      throw invalidConfig(
        'eventNames',
        role,
        `made of ${Object.keys(EVENT_NAMES).join(', ')}`,
      );
    }
    if (name === undefined) continue;
    if (typeof name !== 'string' || name === '') {
      throw invalidConfig(`eventNames.${role}`, name, 'a non-empty string');
    }
    names[role] = name;
  }
  return names;
}

/**
 * Calls the caller's event bus and logger. Whatever they do (throw, reject, be gone), the
 * caller of this never sees it: it is counted, and reported once through `logger.error`.
 */
class Sink {
  #owner;
  #named;
  /** The name each event is dispatched under. */
  names;
  #reported = false;
  #onRejected = (error) => this.#failed(error);
  listenerErrors = 0;
  loggerErrors = 0;

  /** @param {{ logger: object, eventBus: object }} owner - read at each call */
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
  }

  /** @param {string} type - one of {@link names} */
  dispatch(type, payload) {
    try {
      const bus = this.#owner.eventBus;
      const answer = this.#named
        ? bus.dispatch(type, payload)
        : bus.dispatch({ type, payload });
      if (answer !== undefined) this.#watch(answer);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Dispatches alerts of a stage that were raised or are over, and logs each. */
  raise(stageName, alerts) {
    for (const alert of alerts) {
      if (alert.resolvedAt !== undefined) {
        this.dispatch(this.names.resolved, alert);
        this.info(`Performance alert resolved for stage ${stageName}:`, alert);
        continue;
      }
      this.dispatch(this.names.alert, alert);
      this.warn(`Performance alert for stage ${stageName}:`, alert);
    }
  }

  debug(message, details) {
    try {
      const answer = this.#owner.logger.debug(message, details);
      if (answer !== undefined) this.#watchLogger(answer);
    } catch {
      this.#loggerFailed();
    }
  }

  info(message, details) {
    try {
      const answer = this.#owner.logger.info(message, details);
      if (answer !== undefined) this.#watchLogger(answer);
    } catch {
      this.#loggerFailed();
    }
  }

  warn(message, ...details) {
    try {
      const answer = this.#owner.logger.warn(message, ...details);
      if (answer !== undefined) this.#watchLogger(answer);
    } catch {
      this.#loggerFailed();
    }
  }

  error(message, ...details) {
    try {
      const answer = this.#owner.logger.error(message, ...details);
      if (answer !== undefined) this.#watchLogger(answer);
    } catch {
      this.loggerErrors += 1;
    }
  }

  #watchLogger(answer) {
    if (typeof answer?.then !== 'function') return;
    answer.then(undefined, () => {
      this.loggerErrors += 1;
    });
  }

  #loggerFailed() {
    this.loggerErrors += 1;
    this.#report('The logger failed');
  }

  #watch(answer) {
    if (typeof answer?.then === 'function')
      answer.then(undefined, this.#onRejected);
  }

  #failed(error) {
    this.listenerErrors += 1;
    this.#report('An event listener failed', error);
  }

  #report(what, ...error) {
    if (this.#reported) return;
    this.#reported = true;
    this.error(
      `${what}; the pipeline is unaffected, later failures are only counted`,
      ...error,
    );
  }
}

module.exports = { Sink };
