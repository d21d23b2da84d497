'use strict';

const { layout } = require('../boundary/native');
const {
  alertFrom,
  copyOfAlert,
  copyOfBareAlert,
  isBareAlert,
} = require('../boundary/decoders/alerts');

/**
 * @import { Alert } from '../../types/findings'
 * @import { Core } from '../recording/core'
 * @typedef {Pick<Core, 'native' | 'stages' | 'labels'>} Source
 */

/** Alerts by the time they were raised, read again only after the collector has changed. */
class RecentAlerts {
  #source;
  /** The collector's version at the last read, and the monotonic time since which that read. */
  #version = NaN;
  #since = NaN;
  /** When the oldest of them was raised. */
  #oldest = NaN;
  /** @type {Alert[]} */
  #alerts = [];
  #copyOf = copyOfAlert;

  /** @param {Source} source */
  constructor(source) {
    this.#source = source;
  }

  /**
   * Alerts raised since a monotonic time, oldest first. Copied in a loop: there may be thousands,
   * and a callback costs as much as a copy.
   * @param {number} since
   * @returns {Alert[]}
   */
  since(since) {
    this.#readAnew(since);
    const alerts = this.#alerts;
    const copyOf = this.#copyOf;
    const copies = new Array(alerts.length);
    for (let i = 0; i < alerts.length; i += 1) copies[i] = copyOf(alerts[i]);
    return copies;
  }

  /** @param {number} since - nothing is read if the cache holds exactly the alerts since then */
  #readAnew(since) {
    const source = this.#source;
    const version = source.native.version();
    if (
      version === this.#version &&
      since >= this.#since &&
      since <= this.#oldest
    )
      return;
    const { numbers, text } = source.native.alerts(since);
    const ids = JSON.parse(text);
    this.#alerts = Array.from({ length: ids.length / 2 }, (_, row) => {
      const at = row * layout.alert.LEN;
      const shiftedSince = () => ids[2 * row + 1];
      return alertFrom(numbers, at, ids[2 * row], source, shiftedSince);
    });
    this.#version = version;
    this.#since = since;
    this.#oldest = numbers[numbers.length - 1];
    this.#copyOf = this.#alerts.every(isBareAlert)
      ? copyOfBareAlert
      : copyOfAlert;
  }
}

module.exports = { RecentAlerts };
