'use strict';

const engine = require('../../native/default-settings');
const { invalidArg, invalidConfig } = require('../errors');
const {
  AT_LEAST_ZERO,
  DELAY,
  MAX_TIMER_DELAY,
  number,
  oneOf,
  wholeUpTo,
} = require('./option-checks');
const { checkNames } = require('./option-names');

/**
 * @import { Config, EventBus, Logger } from '../../types/options'
 * @import { Range } from './option-checks'
 */

/** @param {number} max @param {string} allowed */
const positive = (max, allowed) =>
  number(allowed, (value) => value > 0 && value <= max);

const ANY_DURATION = {
  ...AT_LEAST_ZERO,
  allowed: 'a number of milliseconds of at least 0',
};

/**
 * Every setting with its default and what it accepts. The engine owns the defaults of settings that
 * it uses.
 * @type {{ [Name in keyof Config]: Range & { default: Config[Name] } }}
 */
const SETTINGS = {
  retentionPeriod: {
    default: engine.retentionPeriod,
    ...positive(Number.MAX_SAFE_INTEGER, 'a number of milliseconds above 0'),
  },
  aggregationInterval: { default: engine.aggregationInterval, ...DELAY },
  analysisInterval: {
    default: 50,
    ...number(
      `a number of milliseconds from 0 to ${MAX_TIMER_DELAY}`,
      (value) => value >= 0 && value <= MAX_TIMER_DELAY,
    ),
  },
  analysisEvents: { default: true, ...oneOf(false, true) },
  alertThreshold: {
    default: engine.alertThreshold,
    ...positive(Number.MAX_VALUE, 'a finite factor above 0'),
  },
  minAlertDuration: { default: engine.minAlertDuration, ...ANY_DURATION },
  maxHistorySize: {
    default: engine.maxHistorySize,
    ...wholeUpTo(10_000_000),
  },
  maxStages: { default: 500, ...wholeUpTo(100_000) },
  maxActiveExecutions: {
    default: engine.maxActiveExecutions,
    ...wholeUpTo(1_000_000),
  },
  maxStagesPerExecution: {
    default: engine.maxStagesPerExecution,
    ...wholeUpTo(1_000_000),
  },
  alertCooldown: { default: engine.alertCooldown, ...ANY_DURATION },
  alertHysteresis: {
    default: engine.alertHysteresis,
    ...number(
      'a share of at least 0 and below 1',
      (value) => value >= 0 && value < 1,
    ),
  },
  alertResolved: { default: engine.alertResolved, ...oneOf(false, true) },
  memorySampling: {
    default: 'auto',
    ...oneOf('auto', 'exact', 'shared', 'off'),
  },
  overheadBudget: {
    default: 0.01,
    ...positive(Infinity, 'a ratio above 0, or Infinity for no budget'),
  },
};

const NAMES = /** @type {(keyof Config)[]} */ (Object.keys(SETTINGS));

const OPTIONS = [
  'logger',
  'eventBus',
  'verbosityConfig',
  'dispatchStyle',
  'eventNames',
  'clock',
  'memorySampler',
  'config',
];

/** @param {keyof Config} name @param {unknown} value */
function check(name, value) {
  if (!SETTINGS[name].accepts(value)) {
    throw invalidConfig(`config.${name}`, value, SETTINGS[name].allowed);
  }
  return value;
}

/** @param {unknown} given @param {Partial<Config>} differing */
function initialValues(given, differing) {
  if (given !== undefined && given !== null && typeof given !== 'object') {
    throw invalidConfig('config', given, 'an object of settings');
  }
  const values = /** @type {Config} */ ({});
  for (const name of NAMES)
    Object.assign(values, {
      [name]: differing[name] ?? SETTINGS[name].default,
    });
  checkNames('config', given ?? {}, NAMES);
  for (const name of NAMES) {
    const value = /** @type {Partial<Config>} */ (given)?.[name];
    if (value !== undefined)
      Object.assign(values, { [name]: check(name, value) });
  }
  return values;
}

/**
 * The live `config`: assigning checks the value, stores it and calls `onChange`, so that it
 * takes effect at the next call.
 * @param {unknown} given - settings that differ from the defaults
 * @param {(values: Config) => void} onChange - called once here, and after each assignment
 * @param {Partial<Config>} [differing] - defaults that other options change
 * @returns {Config}
 */
function liveConfig(given, onChange, differing = {}) {
  const values = initialValues(given, differing);
  onChange(values);
  return new Proxy(values, {
    // Every way of setting is routed through here. An unknown setting is an error in sloppy mode, too.
    defineProperty(_, name, { value }) {
      if (typeof name === 'symbol') return false;
      checkNames('config', { [name]: value }, NAMES);
      Object.assign(values, {
        [name]: check(/** @type {keyof Config} */ (name), value),
      });
      onChange(values);
      return true;
    },
    deleteProperty: () => false,
  });
}

/** @param {unknown} options */
function checkOptions(options) {
  if (typeof options !== 'object' || options === null) {
    throw invalidArg(
      'options must be an object with logger and eventBus',
      options,
    );
  }
  checkNames('options', options, OPTIONS);
}

/** @template T @param {string} role @param {T} value @param {string[]} names */
function checkMethods(role, value, names) {
  const missing =
    value === null || (typeof value !== 'object' && typeof value !== 'function')
      ? names
      : names.filter((name) => typeof Reflect.get(value, name) !== 'function');
  if (missing.length > 0) {
    throw invalidArg(
      `${role} must have the method${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`,
      value,
    );
  }
  return value;
}

/** @param {Logger} logger */
const checkLogger = (logger) =>
  checkMethods('logger', logger, ['debug', 'info', 'warn', 'error']);

/** @param {EventBus} eventBus */
const checkEventBus = (eventBus) =>
  checkMethods('eventBus', eventBus, ['dispatch']);

/** @param {string} name @param {unknown} value */
function checkClass(name, value) {
  if (
    typeof value !== 'function' ||
    typeof value.prototype !== 'object' ||
    value.prototype === null
  ) {
    throw invalidArg(`${name} must be a class`, value);
  }
}

module.exports = {
  checkClass,
  checkEventBus,
  checkLogger,
  checkMethods,
  checkOptions,
  liveConfig,
};
