'use strict';

/** How often the system took a core away from this process. */
const interruptions = () => process.resourceUsage().involuntaryContextSwitches;

/**
 * The samples during which no other process took the core: that happens to either side by
 * chance alone, so leaving such samples out favours none. All of them, where hardly any
 * went undisturbed.
 *
 * @template {{ disturbed: boolean }} T
 * @param {T[]} samples
 * @param {number} least - how few would be too few
 * @returns {{ samples: T[], disturbed: number }} those to use, and the part that was disturbed
 */
function undisturbed(samples, least) {
  const calm = samples.filter((sample) => !sample.disturbed);
  return {
    samples: calm.length < least ? samples : calm,
    disturbed: 1 - calm.length / samples.length,
  };
}

module.exports = { interruptions, undisturbed };
