'use strict';

const { native } = require('../boundary/native');
const { asked } = require('../boundary/call-native');
const { PIPELINE_TOTAL } = require('../config/thresholds');
const { pageFile } = require('../report/html-page');
const { historiesFrom } = require('./history-file');

/** @param {unknown} given */
function pageOfHistory(given) {
  const [history] = [historiesFrom('history', given)].flat();
  const json = asked(() =>
    native.pageOfHistory(JSON.stringify(history), PIPELINE_TOTAL),
  );
  return pageFile(json);
}

module.exports = { pageOfHistory };
