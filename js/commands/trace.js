'use strict';

// pipeline-metrics trace: the executions of an exported history, for a trace viewer.

const { visibleJson } = require('../visible-text');
const { UsageError } = require('./usage-error');
const { parsed, theHistory, write } = require('./one-history');

const TRACE_USAGE = `Usage: pipeline-metrics trace <history> -o <file> [options]

Writes the newest executions of a history that exportHistory() wrote as a trace,
which opens in Perfetto (ui.perfetto.dev), speedscope and Chrome: one track per
execution, with its nested stages.

  -o, --output <file>   the trace to write; - is standard output
  --last <n>            number of executions, the newest; default 100
  --help                print this
`;

/** @param {string | undefined} text */
function lastFrom(text) {
  if (text === undefined) return undefined;
  const last = Number(text);
  if (!/^\d+$/.test(text) || last < 1)
    throw new UsageError('--last needs a whole number of at least 1');
  return last;
}

/** @param {string[]} args */
function trace(args) {
  const { positionals, values } = parsed(args, { last: { type: 'string' } });
  const last = lastFrom(values.last);
  const history = theHistory(positionals, values.output);
  // Required here, so that --help needs no addon.
  const { traceOfHistory } = require('../queries/exported-history');
  const text = traceOfHistory(history, last);
  // Names may contain control characters that a terminal would obey.
  write(values.output, values.output === '-' ? visibleJson(text) : text);
  return 0;
}

module.exports = { TRACE_USAGE, trace };
