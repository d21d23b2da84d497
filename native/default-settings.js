'use strict';

// Generated from src/engine/config.rs by "npm run build".

module.exports = {
  retentionPeriod: 86400000,
  aggregationInterval: 300000,
  alertThreshold: 2,
  maxHistorySize: 10000,
  maxActiveExecutions: 10000,
  maxStagesPerExecution: 10000,
  alertCooldown: 0,
  minAlertDuration: 1,
  alertHysteresis: 0,
  alertResolved: false,
};
