'use strict';

const { performance } = require('node:perf_hooks');
const { STAGES } = require('../driver');

const SUCCESS = 0;
/** Pipelines whose five spans stay within the batch processor's default queue of 2048. */
const PIPELINES_A_QUEUE = 400;
/** Long enough that no periodic export falls into a run. */
const HOUR = 3_600_000;

/** Spans through the batch processor with its defaults, to an exporter that drops them. */
function createSpans() {
  const { context, trace } = require('@opentelemetry/api');
  const {
    BasicTracerProvider,
    BatchSpanProcessor,
  } = require('@opentelemetry/sdk-trace-base');
  const exporter = {
    export: (spans, done) => done({ code: SUCCESS }),
    shutdown: async () => {},
    forceFlush: async () => {},
  };
  const processor = new BatchSpanProcessor(exporter);
  const provider = new BasicTracerProvider({ spanProcessors: [processor] });
  const tracer = provider.getTracer('pipeline');
  const root = context.active();

  return {
    startPipeline(executionId) {
      const attributes = { 'pipeline.execution_id': executionId };
      const span = tracer.startSpan('pipeline', { attributes }, root);
      return { span, within: trace.setSpan(root, span) };
    },
    startStage(pipeline, stage, inputSize) {
      const attributes = { 'stage.input_size': inputSize };
      return tracer.startSpan(STAGES[stage], { attributes }, pipeline.within);
    },
    completeStage(pipeline, stage, span, outputSize, items, errors, warnings) {
      span.setAttributes({
        'stage.success': true,
        'stage.output_size': outputSize,
        'stage.items': items,
        'stage.errors': errors,
        'stage.warnings': warnings,
      });
      span.end();
    },
    completePipeline({ span }, items, outputSize, errors) {
      span.setAttributes({
        'pipeline.success': true,
        'pipeline.output_size': outputSize,
        'pipeline.items': items,
        'pipeline.errors': errors,
      });
      span.end();
    },
    drain: () => provider.forceFlush(),
    drainEvery: PIPELINES_A_QUEUE,
  };
}

/** Duration histograms with one attribute set a stage. */
function createMetrics() {
  const {
    MeterProvider,
    PeriodicExportingMetricReader,
  } = require('@opentelemetry/sdk-metrics');
  const exporter = {
    export: (metrics, done) => done({ code: SUCCESS }),
    shutdown: async () => {},
    forceFlush: async () => {},
  };
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: HOUR,
  });
  const meter = new MeterProvider({ readers: [reader] }).getMeter('pipeline');
  const stages = meter.createHistogram('stage.duration', { unit: 'ms' });
  const pipelines = meter.createHistogram('pipeline.duration', { unit: 'ms' });

  return {
    startPipeline() {
      return performance.now();
    },
    startStage() {
      return performance.now();
    },
    completeStage(pipeline, stage, started) {
      stages.record(performance.now() - started, {
        stage: STAGES[stage],
        success: true,
      });
    },
    completePipeline(started) {
      pipelines.record(performance.now() - started, { success: true });
    },
  };
}

module.exports = [
  {
    name: 'otel-spans',
    label: 'OpenTelemetry spans',
    captures: 'time, counts',
    ours: false,
    create: createSpans,
  },
  {
    name: 'otel-metrics',
    label: 'OpenTelemetry histograms',
    captures: 'time',
    ours: false,
    create: createMetrics,
  },
];
