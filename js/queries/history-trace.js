'use strict';

const { native } = require('../boundary/native');
const { asked } = require('../boundary/call-native');
const { invalidArg } = require('../errors');
const { LAST_EXECUTIONS, MAX_EXECUTIONS } = require('./texts-for-tools');
const { wholeNumber } = require('./query-options');

/**
 * The newest executions of an exported history, for a trace viewer: the text that `exportTrace` of
 * the collector wrote at that time.
 *
 * @param {import('../../types/insight').ExportedHistory} history
 * @param {number | undefined} last
 */
function traceOfHistory({ executions }, last) {
  const most = wholeNumber('last', last, MAX_EXECUTIONS) ?? LAST_EXECUTIONS;
  if (executions === undefined)
    throw invalidArg(
      'the history has durations but no executions, since an earlier version wrote it: write it again with exportHistory() of this version, or call exportTrace() in the process that ran them',
    );
  return asked(() =>
    native.chromeTraceOfHistory(JSON.stringify(executions), most),
  );
}

module.exports = { traceOfHistory };
