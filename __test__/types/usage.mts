// From an ES module.

import PipelineMetrics, {
  PipelinePerformanceMetrics,
  measureStage,
  type Alert,
} from '../../index.mjs';

const eventBus = { dispatch(_event: { type: string; payload: unknown }) {} };
const metrics: PipelinePerformanceMetrics = new PipelineMetrics({
  logger: console,
  eventBus,
});
export const five: number = measureStage(metrics, 'stage', null, () => 5);
export const alerts: Alert[] = metrics.getRecentAlerts();
