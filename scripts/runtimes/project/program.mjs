import {
  PipelinePerformanceMetrics,
  measurePipeline,
  measureStage,
} from 'pipeline-performance-metrics';

const metrics = new PipelinePerformanceMetrics({
  logger: { debug() {}, info() {}, warn() {}, error: console.error },
  eventBus: { dispatch() {} },
});
const run = async () =>
  measureStage(metrics, 'parse', null, async () => JSON.parse('[1, 2, 3]'));

measurePipeline(metrics, { actionCount: 3 }, run).then(() => {
  const { stages } = metrics.getPerformanceSummary();
  console.log('stages:', Object.keys(stages).join());
});
