'use strict';

const { layout } = require('../native');
const { isoTime } = require('../iso-time');

/**
 * @import { Alert } from '../../../types/findings'
 * @import { Row, Texts as StageTexts } from './stages'
 * @typedef {StageTexts & { stages: { isNamesake(id: number): boolean } }} Texts
 */

const L = layout.alert;

/** @type {Alert['type'][]} */
const ALERT_TYPES = [
  'duration_exceeded',
  'memory_exceeded',
  'high_error_rate',
  'baseline_exceeded',
  'level_shift',
];
/** @type {Alert['severity'][]} */
const ALERT_SEVERITIES = ['warning', 'error'];

/** @param {string} complexity @param {number} from @param {number} below */
function contextOf(complexity, from, below) {
  return { complexity, inputSize: { from, below } };
}

/**
 * Decodes an alert. Fields of contexts, repetition and level shifts are absent where there are none.
 * @param {Row} n
 * @param {number} at
 * @param {string | null} executionId
 * @param {Texts} texts
 * @param {() => string | null | undefined} shiftedSince - the execution that began a level shift
 */
function alertFrom(n, at, executionId, { stages, labels }, shiftedSince) {
  /** @type {Alert} */
  const alert = {
    type: ALERT_TYPES[n[at + L.KIND]],
    stage: stages.names[n[at + L.STAGE]],
    actual: n[at + L.ACTUAL],
    threshold: n[at + L.THRESHOLD],
    severity: ALERT_SEVERITIES[n[at + L.SEVERITY]],
    executionId,
    timestamp: isoTime(n[at + L.WALL]),
  };
  if (stages.isNamesake(n[at + L.STAGE])) alert.ofStage = true;
  const complexity = n[at + L.COMPLEXITY];
  if (complexity === complexity) {
    const [from, below] = [n[at + L.SIZE_FROM], n[at + L.SIZE_BELOW]];
    alert.context = contextOf(labels.names[complexity], from, below);
  }
  const suppressed = n[at + L.SUPPRESSED];
  if (suppressed !== 0) alert.suppressed = suppressed;
  const resolvedAt = n[at + L.RESOLVED_AT];
  if (resolvedAt === resolvedAt) {
    alert.resolvedAt = isoTime(resolvedAt);
    alert.lasted = n[at + L.LASTED];
    alert.runs = n[at + L.RUNS];
  }
  const from = n[at + L.FROM];
  if (from === from) addLevels(alert, from, n[at + L.SINCE], shiftedSince());
  return alert;
}

/**
 * @param {Alert} alert
 * @param {number} from
 * @param {number} since - NaN where runs without a time were learned from
 * @param {string | null | undefined} sinceExecutionId
 */
function addLevels(alert, from, since, sinceExecutionId) {
  alert.from = from;
  alert.to = alert.actual;
  alert.since = since === since ? isoTime(since) : null;
  alert.sinceExecutionId = sinceExecutionId ?? null;
}

/** Fields of every alert. */
const BARE_FIELDS = 7;

/** @param {Alert} alert */
const isBareAlert = (alert) => Object.keys(alert).length === BARE_FIELDS;

/** @param {Alert} alert @returns {Alert} field by field: a third of the cost of a spread */
function copyOfBareAlert(alert) {
  return {
    type: alert.type,
    stage: alert.stage,
    actual: alert.actual,
    threshold: alert.threshold,
    severity: alert.severity,
    executionId: alert.executionId,
    timestamp: alert.timestamp,
  };
}

// V8 boxes a field that only ever held numbers, once per object. After it has held something else,
// copies share the number, and are smaller by a quarter.
const NO_NUMBERS = /** @type {unknown} */ ({ actual: null, threshold: null });
copyOfBareAlert(/** @type {Alert} */ (NO_NUMBERS));

/** @param {Alert} alert */
function copyOfAlert(alert) {
  const copy = { ...alert };
  const { context } = alert;
  if (context !== undefined) {
    const { complexity, inputSize } = context;
    copy.context = contextOf(complexity, inputSize.from, inputSize.below);
  }
  return copy;
}

/**
 * @param {Row} n
 * @param {number} at
 * @param {number} count
 * @param {string | null} executionId
 * @param {Texts & { engine: { shiftedSince(): string | null } }} core
 */
function alertsFrom(n, at, count, executionId, core) {
  const shiftedSince = () => core.engine.shiftedSince();
  const alerts = [];
  for (let i = 0; i < count; i += 1, at += L.LEN) {
    alerts.push(alertFrom(n, at, executionId, core, shiftedSince));
  }
  return alerts;
}

module.exports = {
  alertFrom,
  alertsFrom,
  copyOfAlert,
  copyOfBareAlert,
  isBareAlert,
};
