'use strict';

/** Counters of problems that must not throw into a pipeline. */
class Diagnostics {
  /** Occurrences of each problem. */
  counts = {
    /** Callers' objects that threw when read. */
    hostileInputs: 0,
    /** Callers' numbers that are invalid. */
    invalidNumbers: 0,
    duplicateCompletions: 0,
    unknownReferences: 0,
    stagesOutsidePipelines: 0,
    lateStages: 0,
  };

  /** @param {keyof Diagnostics['counts']} what */
  count(what) {
    this.counts[what] += 1;
  }
}

module.exports = { Diagnostics };
