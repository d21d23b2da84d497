// From CommonJS, by its own syntax.

import api = require('../../index');

const eventBus = { dispatch(_name: string, _payload: object) {} };
const metrics: api.PipelinePerformanceMetrics = new api.default({
  logger: console,
  eventBus,
});
export const five: number = api.measureStage(metrics, 'stage', null, () => 5);
export const alerts: api.Alert[] = metrics.getRecentAlerts();
