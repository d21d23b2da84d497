'use strict';

const ignore = () => {};

/**
 * Has what a caller's function answers count as handled, where that is a promise and was to be a
 * figure or a text: nothing waits for it, and its rejection would end the process.
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
