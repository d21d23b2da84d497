'use strict';

// Texts made from one exported history. The engine checks its executions and reports what is wrong.

const { native } = require('../boundary/native');
const { asked, jsonText } = require('../boundary/call-native');
const { PIPELINE_TOTAL } = require('../config/thresholds');
const { invalidArg } = require('../errors');
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
function traceOfHistory({ executions }, last) {
  const most = wholeNumber('last', last, MAX_EXECUTIONS) ?? LAST_EXECUTIONS;
  if (executions === undefined)
    throw invalidArg(
      'the history has durations but no executions, since an earlier version wrote it: write it again with exportHistory() of this version, or call exportTrace() in the process that ran them',
    );
  return asked(() => native.chromeTraceOfHistory(jsonText(executions), most));
}

module.exports = { pageOfHistory, traceOfHistory };
