'use strict';

/** A command that was not called as its usage says. */
class UsageError extends Error {}

module.exports = { UsageError };
