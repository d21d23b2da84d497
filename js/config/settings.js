'use strict';

const { invalidArg, invalidConfig } = require('../errors');

const MAX_TIMER_DELAY = 2 ** 31 - 1;

const positive = (max, allowed) => ({
  allowed,
  accepts: (value) => typeof value === 'number' && value > 0 && value <= max,
});

const wholeUpTo = (max) => ({
  allowed: `a whole number from 1 to ${max}`,
  accepts: (value) => Number.isInteger(value) && value >= 1 && value <= max,
});

const oneOf = (...values) => ({
  allowed: `one of ${values.join(', ')}`,
  accepts: (value) => values.includes(value),
});

/** Every setting with its default and what it accepts. */
const SETTINGS = {
  retentionPeriod: {
    initial: 24 * 60 * 60 * 1000,
    ...positive(Number.MAX_SAFE_INTEGER, 'a number of milliseconds above 0'),
  },
  aggregationInterval: {
    initial: 5 * 60 * 1000,
    ...positive(
      MAX_TIMER_DELAY,
      `a number of milliseconds above 0, at most ${MAX_TIMER_DELAY}`,
    ),
  },
  analysisInterval: {
    initial: 50,
    allowed: `a number of milliseconds from 0 to ${MAX_TIMER_DELAY}`,
    accepts: (value) =>
      typeof value === 'number' && value >= 0 && value <= MAX_TIMER_DELAY,
  },
  analysisEvents: { initial: true, ...oneOf(false, true) },
  alertThreshold: {
    initial: 2.0,
    ...positive(Number.MAX_VALUE, 'a finite factor above 0'),
  },
  minAlertDuration: {
    initial: 1,
    allowed: 'a number of milliseconds of at least 0',
    accepts: (value) =>
      typeof value === 'number' && value >= 0 && value < Infinity,
  },
  maxHistorySize: { initial: 10000, ...wholeUpTo(10_000_000) },
  maxStages: { initial: 500, ...wholeUpTo(100_000) },
  maxActiveExecutions: { initial: 10_000, ...wholeUpTo(1_000_000) },
  maxStagesPerExecution: { initial: 10_000, ...wholeUpTo(1_000_000) },
  alertCooldown: {
    initial: 0,
    allowed: 'a number of milliseconds of at least 0',
    accepts: (value) =>
      typeof value === 'number' && value >= 0 && value < Infinity,
  },
  alertHysteresis: {
    initial: 0,
    allowed: 'a share of at least 0 and below 1',
    accepts: (value) => typeof value === 'number' && value >= 0 && value < 1,
  },
  alertResolved: { initial: false, ...oneOf(false, true) },
  memorySampling: {
    initial: 'auto',
    ...oneOf('auto', 'exact', 'shared', 'off'),
  },
  overheadBudget: {
    initial: 0.01,
    ...positive(Infinity, 'a ratio above 0, or Infinity for no budget'),
  },
};

const NAMES = Object.keys(SETTINGS);

function check(name, value) {
  if (!SETTINGS[name].accepts(value)) {
    throw invalidConfig(`config.${name}`, value, SETTINGS[name].allowed);
  }
  return value;
}

function initialValues(given, differing) {
  if (given !== undefined && given !== null && typeof given !== 'object') {
    throw invalidConfig('config', given, 'an object of settings');
  }
  const values = {};
  for (const name of NAMES)
    values[name] = differing[name] ?? SETTINGS[name].initial;
  for (const name of Object.keys(given ?? {})) {
    if (!Object.hasOwn(SETTINGS, name)) {
      throw invalidConfig('config', name, `made of ${NAMES.join(', ')}`);
    }
    if (given[name] !== undefined) values[name] = check(name, given[name]);
  }
  return values;
}

/**
 * The live `config`: assigning checks the value, keeps it and tells `onChange`, so that it
 * takes effect at the next call.
 *
 * @param {object | null | undefined} given - settings that differ from the defaults
 * @param {(values: object) => void} onChange - called once here, and after each assignment
 * @param {object} [differing] - defaults that other options change
 */
function liveConfig(given, onChange, differing = {}) {
  const values = initialValues(given, differing);
  const config = {};
  for (const name of NAMES) {
    Object.defineProperty(config, name, {
      enumerable: true,
      get: () => values[name],
      set: (value) => {
        values[name] = check(name, value);
        onChange(values);
      },
    });
  }
  onChange(values);
  return Object.preventExtensions(config);
}

/** Checks that `value` has every method of `names`. */
function checkMethods(role, value, names) {
  const missing =
    value === null || (typeof value !== 'object' && typeof value !== 'function')
      ? names
      : names.filter((name) => typeof value[name] !== 'function');
  if (missing.length > 0) {
    throw invalidArg(
      `${role} must have the method${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`,
    );
  }
  return value;
}

const checkLogger = (logger) =>
  checkMethods('logger', logger, ['debug', 'info', 'warn', 'error']);

const checkEventBus = (eventBus) =>
  checkMethods('eventBus', eventBus, ['dispatch']);

/** Throws where what `extender` is to extend is no class. */
function checkClass(extender, Base) {
  if (
    typeof Base !== 'function' ||
    typeof Base.prototype !== 'object' ||
    Base.prototype === null
  ) {
    throw invalidArg(`${extender} extends a class`);
  }
}

module.exports = {
  checkClass,
  checkEventBus,
  checkLogger,
  checkMethods,
  liveConfig,
};
