/** @jest-environment node */
'use strict';

const { realmSuite } = require('../fixtures/realmSuite');

describe('a caller in Jest’s node environment', realmSuite);
