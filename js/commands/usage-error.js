'use strict';

/** A command called with wrong arguments. */
class UsageError extends Error {}

module.exports = { UsageError };
