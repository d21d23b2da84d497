'use strict';

module.exports = require('./js/entry.js');
