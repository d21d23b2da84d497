'use strict';

const { toMarkdown } = require('./table');
const { tablesOf } = require('./tables');

const METHOD = `## How it is measured

The work item is a pipeline of four stages, each started with an input size and completed
with success, output size, items, errors and warnings. Each candidate runs it in a process
of its own, in blocks that take turns with blocks of the same loop without the candidate;
which goes first alternates. The processes run in shuffled rounds, after a warm-up of
12,000 pipelines, so that every history is full.

A cost is the median of the differences within the pairs. Garbage collections fall into
few blocks and would vanish in a median, so they are taken out of both sides and their mean
is added; so is the mean of work that a candidate puts off (the export of spans). Intervals
are 95 % by bootstrap over processes and pairs within them.

Real bodies filter, map, copy as JSON and group some of 20,000 entities (tens of
megabytes in an order that no prefetcher foresees), so that the candidate finds caches and
branch predictors as cold as an application leaves them. Their length is set by the number
of entities, calibrated beforehand; nothing spins on a clock.

The candidates capture different things: "all" is durations, heap growth, counts, a record
of every stage and pipeline, baselines, limits, alerts, breakdown, critical path, bottlenecks,
recommendations, trend and rating. The hand-written minimum reads clock and heap at the
same ten boundaries and counts into one histogram a stage; it is what no collector with
those readings can undercut. Our boundary alone makes the crossings into native code and
the objects for the caller that this package makes, and nothing else: what is above it is
recording and analysis. The plain JavaScript collector keeps and computes the same as this
package, with objects in Maps and arrays and \`process.memoryUsage()\`.

What the package says it costs is the median of 64 executions, one in 64, whose calls it
times itself; beside it stands the median of the differences, without collections. "In its
budget" is the package as it comes, which captures less where measuring takes more than 1 %;
all others of ours have no budget, so that they keep capturing what they are listed with.

The asynchronous pipeline is compared across two processes that take turns, because
carrying an execution through promises makes every promise of a process dearer. Installed
with \`contained\` it is not carried, as long as no other overlaps it.
Memory is resident memory after collections, over a process that had run as long
keeping one record. "Cold" queries follow a new record and other work. The history asked is
one of 10,000 pipelines of six stages with log-normal durations that stay as they are; a
restless one is of stages that do nothing, whose durations are the machine's unrest.`;

/** docs/benchmarks.md for a run. */
function documentOf({ machine, effort, bodies, warnings, figures }) {
  const { processor, cores, memoryGiB, platform, node, v8, commit, date } =
    machine;
  const parts = [
    '# Benchmarks',
    `Written by \`npm run bench -- ${effort === 'standard' ? '' : `--${effort} `}--write-docs\` on ${date}: ` +
      `${processor}, ${cores} cores, ${memoryGiB} GiB, ${platform}, Node ${node} (V8 ${v8}), ` +
      `commit ${commit ?? 'unknown'}. Times of another machine differ; ratios should not by much.`,
    ...warnings.map((warning) => `> The machine was not quiet: ${warning}.`),
    '![Cost of a pipeline of four stages, and its share of stages with real bodies](benchmarks.svg)',
  ];
  const tables = tablesOf(figures, bodies);
  // What it comes down to first; on a terminal that is the last one.
  for (const table of [...tables.slice(-1), ...tables.slice(0, -1)])
    parts.push(`## ${table.title}`, toMarkdown(table));
  parts.push(METHOD);
  return `${parts.join('\n\n')}\n`;
}

module.exports = { documentOf };
