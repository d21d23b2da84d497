'use strict';

/** Runs that show a lasting change wherever it began: about 30 before it, and as many since. */
const ENOUGH = 60;
/** Stated of fewer runs. */
const TOO_FEW = `A lasting change can be seen from ${ENOUGH} runs on.`;

module.exports = { ENOUGH, TOO_FEW };
