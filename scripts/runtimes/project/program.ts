import type { EventPayloads } from 'pipeline-performance-metrics';
import {
  PipelinePerformanceMetrics,
  measureStage,
} from 'pipeline-performance-metrics';

type Handlers = {
  [Name in keyof EventPayloads]?: (payload: EventPayloads[Name]) => void;
};

const handlers: Handlers = {
  PIPELINE_PERFORMANCE_ALERT: (alert) => console.log(alert.stage),
};

const metrics = new PipelinePerformanceMetrics({
  logger: { debug() {}, info() {}, warn() {}, error: console.error },
  eventBus: {
    dispatch(event: { type: string; payload: unknown }) {
      const handler = handlers[event.type as keyof EventPayloads] as
        ((payload: unknown) => void) | undefined;
      handler?.(event.payload);
    },
  },
});

measureStage(metrics, 'parse', null, () => JSON.parse('[1, 2, 3]') as unknown);
console.log(
  'stages:',
  Object.keys(metrics.getPerformanceSummary().stages).join(),
);
