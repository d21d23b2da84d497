/** @jest-environment jsdom */
'use strict';

const { realmSuite } = require('../fixtures/realmSuite');

describe('a caller in Jest’s jsdom environment', realmSuite);
