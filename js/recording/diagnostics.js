'use strict';

/** What goes wrong quietly, counted: nothing of it throws into a pipeline. */
class Diagnostics {
  /** How often each happened. */
  counts = {
    /** Objects of a caller's that threw as they were read. */
    hostileInputs: 0,
    /** Numbers of a caller's that cannot be what they stand for. */
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
