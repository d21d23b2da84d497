import {
  PipelinePerformanceMetrics,
  measurePipeline,
  measureStage,
} from 'pipeline-performance-metrics';

export const dynamic = 'force-dynamic';

const metrics = new PipelinePerformanceMetrics({
  logger: { debug() {}, info() {}, warn() {}, error: console.error },
  eventBus: { dispatch() {} },
});

export async function GET() {
  await measurePipeline(metrics, { actionCount: 1 }, async () =>
    measureStage(metrics, 'parse', null, async () => JSON.parse('[1]')),
  );
  const { stages } = metrics.getPerformanceSummary();
  return new Response(`stages: ${Object.keys(stages).join()}`);
}
