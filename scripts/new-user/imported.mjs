import assert from 'node:assert';
import { createRequire } from 'node:module';
import PipelineMetrics, {
  PipelinePerformanceMetrics,
  installPipelineMetrics,
} from 'pipeline-performance-metrics';

assert.strictEqual(PipelineMetrics, PipelinePerformanceMetrics);
const required = createRequire(import.meta.url)('pipeline-performance-metrics');
assert.strictEqual(required.PipelinePerformanceMetrics, PipelineMetrics);

class PipelineStage {
  constructor(name) {
    this.name = name;
  }
  async execute() {
    return { success: true, actions: [1], errors: [], data: {} };
  }
}
class Pipeline {
  constructor(stages) {
    this.stages = stages;
  }
  async execute(context) {
    let result;
    for (const stage of this.stages) result = await stage.execute(context);
    return result;
  }
}

const metrics = new PipelineMetrics({
  logger: { debug() {}, info() {}, warn() {}, error: console.error },
  eventBus: { async dispatch(_name, _payload) {} },
});
const { uninstall } = installPipelineMetrics({
  Pipeline,
  PipelineStage,
  metrics,
});
const stages = ['ComponentFiltering', 'ActionFormatting'].map(
  (name) => new PipelineStage(name),
);
await new Pipeline(stages).execute({ actor: 'hero' });
uninstall();
const names = metrics
  .getPipelineMetrics()[0]
  .stageBreakdown.map((row) => row.stageName);
assert.deepStrictEqual(names.sort(), [
  'action_formatting',
  'component_filtering',
]);
