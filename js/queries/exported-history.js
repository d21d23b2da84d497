'use strict';

// Texts made from one exported history. The engine checks its executions and reports what is wrong.

const { native } = require('../boundary/native');
const { asked, jsonText } = require('../boundary/call-native');
const { PIPELINE_TOTAL } = require('../config/thresholds');
const { pageFile } = require('../report/html-page');
const { lastIn } = require('./texts-for-tools');

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
const traceOfHistory = (history, last) =>
  asked(() => native.chromeTraceOfHistory(jsonText(history), lastIn(last)));

module.exports = { pageOfHistory, traceOfHistory };
