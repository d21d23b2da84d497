'use strict';

const ignore = () => {};

/**
 * Marks a promise as handled that a caller's function returned in place of a figure or a text:
 * nothing waits for it, and its rejection would end the process.
 * @param {unknown} answer
 */
function ignorePromise(answer) {
  if (typeof answer !== 'object' || answer === null) return;
  try {
    const { then } = /** @type {{ then?: unknown }} */ (answer);
    if (typeof then === 'function')
      Reflect.apply(then, answer, [ignore, ignore]);
  } catch {
    // It is no promise.
  }
}

module.exports = { ignorePromise };
