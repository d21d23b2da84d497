'use strict';

// pipeline-metrics report: an exported history as a page.

const fs = require('node:fs');
const { parseArgs } = require('node:util');
const { readHistories } = require('../queries/history-files');
const { UsageError } = require('./usage-error');

const REPORT_USAGE = `Usage: pipeline-metrics report <history> -o <file>

Writes a page of the history in a file that exportHistory() wrote: stages, their
durations run by run, and what changed. It opens from disk in any browser.
generateReport({ format: 'html' }) has executions, causes and alerts as well.

  -o, --output <file>   the page that is written; - is standard output
  --help                print this
`;

/** @param {string[]} args */
function parsed(args) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        output: { type: 'string', short: 'o' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error.message);
  }
}

/** @param {string[]} args */
function report(args) {
  const { positionals, values } = parsed(args);
  if (values.help) {
    process.stdout.write(REPORT_USAGE);
    return 0;
  }
  if (positionals.length !== 1)
    throw new UsageError('One history is needed, and where to write its page');
  if (values.output === undefined)
    throw new UsageError('-o names the file to write');
  const histories = readHistories(positionals);
  if (histories.length !== 1)
    throw new UsageError(
      `${positionals[0]} has ${histories.length} histories: name one of them`,
    );
  // Here, so that --help needs no addon.
  const { pageOfHistory } = require('../queries/history-page');
  const html = pageOfHistory(histories[0]);
  if (values.output === '-') process.stdout.write(html);
  else fs.writeFileSync(values.output, html);
  return 0;
}

module.exports = { REPORT_USAGE, report };
