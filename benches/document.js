'use strict';

const { toMarkdown } = require('./table');
const { tablesOf } = require('./tables');

const METHOD = `## How it is measured

The work item is a pipeline of four stages, each started with an input size and completed
with success, output size, items, errors and warnings. Each candidate runs it in a process
of its own, where the loop with it takes turns with the same loop without it; which goes
first alternates. The processes run in shuffled rounds, after a warm-up of 12,000 pipelines,
so that every history is full. Intervals are 95 % by bootstrap over processes and samples
within them.

With empty stages, blocks of both loops are timed. The cost is the median of the differences
within pairs of them. Garbage collections fall into few blocks and would vanish in a median,
so they are taken out of both sides and their mean is added; so is the mean of work that a
candidate puts off (the export of spans).

Real bodies filter, map, copy as JSON and group some of 20,000 entities (tens of
megabytes in an order that no prefetcher foresees), so that the candidate finds caches and
branch predictors as cold as an application leaves them. Their length is set by the number
of entities, calibrated beforehand and in the process that times them; nothing spins on a clock. Blocks of them vary by more
than most candidates cost, so there both loops read the clock before and after every body,
which makes two parts of a pipeline, and the cost of the clock itself falls out:

- The calls: all that is outside of the bodies, less the same in the loop without calls. It
  has no body in it and is known to a few per cent of itself. A pipeline counts in neither
  loop if what stands there took more than 20 times the median with the candidate in either:
  where memory has to be made ready calls take ten times as long and that counts, but a core
  that is taken away is no cost of theirs.
- What they do to the bodies, whose data they displace from the caches: the time in the
  bodies less that without the candidate over the same stretches of work, in turns of four
  runs of 3 to 10 pipelines (bare, measured, measured, bare, or the reverse; the first
  pipeline of each run does not count). In either loop the faster half of a turn's bodies of
  a stage is averaged: a body is made longer in many ways and shorter in none, and the same
  half is left out of both. Of these differences the middle half is averaged over the turns.

A body or call into which a collection fell counts in neither loop. The overhead is the two
parts, the work put off and what collections cost with empty stages, as a share of the
bodies without the candidate: their median, by which their length is set, not the faster
half, which is a third shorter. The candidates that a bar or most
readers look at get more processes there than the others, hence narrower intervals. "Nothing
at all" is a candidate whose calls do nothing: what is found of it is how far the comparison
errs.

The candidates capture different things: "all" is durations, heap growth, counts, a record
of every stage and pipeline, baselines, thresholds, alerts, breakdown, critical path, bottlenecks,
recommendations, trend and rating. The hand-written minimum reads clock and heap at the
same ten boundaries and counts into one histogram per stage; it is what no collector with
those readings can undercut. Our boundary alone makes the crossings into native code and
the objects for the caller that this package makes, and nothing else: what is above it is
recording and analysis. The plain JavaScript collector keeps and computes the same as this
package, with objects in Maps and arrays and \`process.memoryUsage()\`.

"Wired" is measured code: \`measurePipeline\` and \`measureStage\` around functions, whose results are
read. What it writes down is replayed later; amid real bodies each replay is charged as work put off,
between the pipelines. Every other candidate of this package makes direct calls.

What the package says it costs is the median of executions that it times itself; beside it stands
the median of the differences, without collections, and with real bodies the calls and the work put off.

The asynchronous pipeline is compared across two processes that take turns. An execution that no other
overlaps is carried through promises only where that is cheap, from Node 24 on.
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
  // The summary comes first; on a terminal it is last.
  for (const table of [...tables.slice(-1), ...tables.slice(0, -1)])
    parts.push(`## ${table.title}`, toMarkdown(table));
  parts.push(METHOD);
  return `${parts.join('\n\n')}\n`;
}

module.exports = { documentOf };
