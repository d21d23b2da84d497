'use strict';

const { layout } = require('../boundary/native');
const {
  alertFrom,
  copyOfAlert,
  copyOfBareAlert,
  isBareAlert,
} = require('../boundary/decoders');

/** @typedef {Pick<import('../recording/core').Core, 'native' | 'stages' | 'labels'>} Source */

/** The alerts raised since some moment, as of one version of the collector. */
class Reading {
  #version;
  #since;
  /** When the first of them was raised, by the monotonic clock. */
  #oldest;
  #alerts;
  /** Whether none says more than every alert does. */
  #areBare;

  /** @param {Source} source @param {number} version @param {number} since */
  constructor({ native, stages, labels }, version, since) {
    const { numbers, text } = native.alerts(since);
    this.#version = version;
    this.#since = since;
    this.#oldest = numbers[numbers.length - 1];
    const ids = JSON.parse(text);
    const rows = Array.from({ length: ids.length / 2 }, (_, row) => row);
    this.#alerts = rows.map((row) => {
      const at = row * layout.alert.LEN;
      return alertFrom(
        numbers,
        at,
        ids[2 * row],
        stages.names,
        labels.names,
        () => ids[2 * row + 1],
      );
    });
    this.#areBare = this.#alerts.every(isBareAlert);
  }

  /**
   * Whether these are all since `since`, too: none has passed out of the range.
   *
   * @param {number} version
   * @param {number} since
   */
  answers(version, since) {
    return (
      version === this.#version && since >= this.#since && since <= this.#oldest
    );
  }

  /**
   * Element by element: there may be thousands, and a callback costs as much as a copy. What is
   * left of the cost is that of the memory which the copies need.
   */
  copy() {
    const alerts = this.#alerts;
    const copyOf = this.#areBare ? copyOfBareAlert : copyOfAlert;
    const copies = new Array(alerts.length);
    for (let i = 0; i < alerts.length; i += 1) copies[i] = copyOf(alerts[i]);
    return copies;
  }
}

/** Alerts by when they were raised; read anew only after the collector has changed. */
class RecentAlerts {
  #source;
  /** @type {Reading | undefined} */
  #latest;

  /** @param {Source} source */
  constructor(source) {
    this.#source = source;
  }

  /**
   * Those raised since a time of the monotonic clock, oldest first.
   *
   * @param {number} since
   * @returns {import('../../types/findings').Alert[]}
   */
  since(since) {
    const version = this.#source.native.version();
    if (!this.#latest?.answers(version, since))
      this.#latest = new Reading(this.#source, version, since);
    return this.#latest.copy();
  }
}

module.exports = { RecentAlerts };
