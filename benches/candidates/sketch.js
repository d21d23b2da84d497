'use strict';

const { reportTo } = require('./package');
const { SketchCollector } = require('./sketchCollector');

const silentLogger = { debug() {}, info() {}, warn() {}, error() {} };
const deafBus = { dispatch() {} };

module.exports = [
  {
    name: 'sketch',
    label: 'plain JavaScript collector',
    captures: 'all',
    ours: false,
    create: () =>
      reportTo(
        new SketchCollector({ logger: silentLogger, eventBus: deafBus }),
      ),
  },
];
