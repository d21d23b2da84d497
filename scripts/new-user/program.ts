import PipelineMetrics, {
  ActionAwareStructuredTrace,
  measureStage,
  type Alert,
  type CollectorOptions,
  type MetricsEvent,
} from 'pipeline-performance-metrics';

const alerts: Alert[] = [];
const options: CollectorOptions = {
  logger: { debug() {}, info() {}, warn() {}, error() {} },
  eventBus: {
    dispatch(event: MetricsEvent) {
      if (event.type === 'PIPELINE_PERFORMANCE_ALERT') {
        alerts.push(event.payload);
      }
    },
  },
  config: { maxHistorySize: 100 },
};
const metrics = new PipelineMetrics(options);
metrics.setStageThreshold('slow', { maxDuration: 0 });

class HostTrace {
  constructor(readonly options: { performanceMetrics: PipelineMetrics }) {}
}
class Trace extends ActionAwareStructuredTrace(HostTrace) {}

const trace = new Trace({ performanceMetrics: metrics });
const answer: number = measureStage(trace, 'slow', null, () => 42);
const stage: string | undefined = alerts[0]?.stage;
if (answer !== 42 || stage !== 'slow')
  throw new Error(`got ${answer}, ${stage}`);
