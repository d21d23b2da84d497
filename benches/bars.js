'use strict';

/**
 * The targets of the package, as data. `figure` is the measured one; with `over`, it is divided by
 * that one. `end` is the end of the interval that has to meet the bar where it is not the median.
 * `most` may be reached, `below` may not.
 */
const BARS = Object.freeze([
  {
    measure: 'four empty stages, wired, heap at five, over that minimum',
    figure: 'cost/0/wired-heap',
    over: 'cost/0/minimum-shared',
    most: 2.2,
    unit: '×',
  },
  {
    measure: '… over OpenTelemetry spans',
    figure: 'cost/0/wired-heap',
    over: 'cost/0/otel-spans',
    most: 0.28,
    unit: '×',
  },
  {
    measure: 'four empty stages, wired, as it comes',
    figure: 'cost/0/wired',
    most: 1.8,
    unit: 'µs',
  },
  {
    measure: '… without the heap',
    figure: 'cost/0/wired-no-heap',
    most: 1.6,
    unit: 'µs',
  },
  {
    measure: 'five async stages, installed, one in flight',
    figure: 'install/basic',
    most: 3.5,
    unit: 'µs',
  },
  {
    measure: '… four at once',
    figure: 'install/overlapping',
    most: 7,
    unit: 'µs',
  },
  {
    measure: 'overhead, bodies of 50 µs, upper end',
    figure: 'overhead/50/wired',
    end: 'high',
    most: 2.4,
    unit: '%',
  },
  {
    measure: 'overhead, bodies of 125 µs, upper end',
    figure: 'overhead/125/wired',
    end: 'high',
    most: 1.3,
    unit: '%',
  },
  {
    measure: 'overhead, bodies of 250 µs, upper end',
    figure: 'overhead/250/wired',
    end: 'high',
    below: 1,
    unit: '%',
  },
  {
    measure: 'overhead, bodies of 1 ms, upper end',
    figure: 'overhead/1000/wired',
    end: 'high',
    below: 1,
    unit: '%',
  },
  {
    measure: 'longest call in a million stages',
    figure: 'longest',
    most: 150,
    unit: 'µs',
  },
  {
    measure: 'rare pipelines, calls over that minimum',
    figure: 'rare/wired',
    over: 'rare/minimum-shared',
    most: 3,
    unit: '×',
  },
  {
    measure: '… the first one',
    figure: 'rare/wired/first',
    most: 1,
    unit: 'ms',
  },
  {
    measure: '10,000 collectors made and dropped',
    figure: 'collectors/dropped',
    most: 30,
    unit: 'MiB',
  },
  {
    measure: '150 collectors disposed',
    figure: 'collectors/disposed',
    most: 20,
    unit: 'MiB',
  },
  {
    measure: 'p99 of one stage',
    figure: 'tail/hot/basic/p99',
    most: 4,
    unit: 'µs',
  },
  {
    measure: 'duration an empty stage reads',
    figure: 'duration/basic',
    most: 0.3,
    unit: 'µs',
  },
  {
    measure: 'memory a retained stage record',
    figure: 'memory/most/rss',
    most: 64,
    unit: 'B',
  },
  {
    measure: 'soak, resident memory added',
    figure: 'soak/rss',
    most: 8,
    unit: 'MiB',
  },
  // Compiled code and feedback of the soak's own loop; a leak of one byte a pipeline is 1.
  {
    measure: 'soak, JavaScript heap added',
    figure: 'soak/heap',
    most: 0.25,
    unit: 'MiB',
  },
  {
    measure: 'summary of 60,000 records, cold',
    figure: 'queries/summary/cold',
    most: 1000,
    unit: 'µs',
  },
  {
    measure: '… again unchanged',
    figure: 'queries/summary/again',
    most: 20,
    unit: 'µs',
  },
  {
    measure: 'full report',
    figure: 'queries/report/cold',
    most: 50_000,
    unit: 'µs',
  },
  {
    measure: 'every analysis and the report, 10,000 × 6',
    figure: 'queries/everything/cold',
    most: 50_000,
    unit: 'µs',
  },
  {
    measure: 'a restless history: summary again unchanged',
    figure: 'restless/summary/again',
    most: 20,
    unit: 'µs',
  },
  {
    measure: '… every analysis and the report',
    figure: 'restless/everything/cold',
    most: 50_000,
    unit: 'µs',
  },
  {
    measure: 'alert in the listener, p99',
    figure: 'alert/p99',
    most: 1,
    unit: 'ms',
  },
  {
    measure: 'cost with history, range',
    figure: 'growth/history',
    most: 15,
    unit: '%',
  },
  {
    measure: 'cost with active executions, range',
    figure: 'growth/active',
    most: 15,
    unit: '%',
  },
  {
    measure: 'cost with stage names, range',
    figure: 'growth/names',
    most: 15,
    unit: '%',
  },
]);

const { ratioOf } = require('./statistics');

/**
 * @param {Record<string, object>} figures
 * @returns {{ bar: object, measured: object | null, met: boolean | null }[]} null where the
 *   run did not measure what the bar asks for
 */
function judge(figures) {
  return BARS.map((bar) => {
    const figure = figures[bar.figure];
    const base = bar.over === undefined ? undefined : figures[bar.over];
    if (
      figure === undefined ||
      (bar.over !== undefined && base === undefined)
    ) {
      return { bar, measured: null, met: null };
    }
    const measured = base === undefined ? figure : ratioOf(figure, base);
    const judged = measured[bar.end ?? 'value'];
    const met =
      bar.below === undefined ? judged <= bar.most : judged < bar.below;
    return { bar, measured, met };
  });
}

module.exports = { BARS, judge };
