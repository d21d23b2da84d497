'use strict';

// Texts made from one exported history. The engine checks its executions and reports what is wrong.

const { native } = require('../boundary/native');
const { asked, jsonText } = require('../boundary/call-native');
const { PIPELINE_TOTAL } = require('../config/thresholds');
const { pageFile } = require('../report/html-page');
const { wholeNumber } = require('./query-options');
const { LAST_EXECUTIONS, MAX_EXECUTIONS } = require('./texts-for-tools');

/** @import { ExportedHistory } from '../../types/insight' */

/** @param {ExportedHistory} history */
const pageOfHistory = (history) =>
  pageFile(
    asked(() => native.pageOfHistory(jsonText(history), PIPELINE_TOTAL)),
  );

/**
 * The text that the collector's `exportTrace` would have returned then.
 * @param {ExportedHistory} history
 * @param {number | undefined} last
 */
function traceOfHistory(history, last) {
  const most = wholeNumber('last', last, MAX_EXECUTIONS) ?? LAST_EXECUTIONS;
  return asked(() => native.chromeTraceOfHistory(jsonText(history), most));
}

module.exports = { pageOfHistory, traceOfHistory };
