'use strict';

// pipeline-metrics report: an exported history as a page.

const { parsed, theHistory, write } = require('./one-history');

const REPORT_USAGE = `Usage: pipeline-metrics report <history> -o <file>

Writes a page of a history that exportHistory() wrote: stages, their durations
run by run, what changed, and some executions. It opens from disk in a browser.
That of generateReport({ format: 'html' }) also has times, causes and alerts.

  -o, --output <file>   the page to write; - is standard output
  --help                print this
`;

/** @param {string[]} args */
function report(args) {
  const { positionals, values } = parsed(args);
  const history = theHistory(positionals, values.output);
  // Required here, so that --help needs no addon.
  const { pageOfHistory } = require('../queries/exported-history');
  write(values.output, pageOfHistory(history));
  return 0;
}

module.exports = { REPORT_USAGE, report };
