'use strict';

/** Processes and workers that hold collectors end by themselves, with exit code 0. */

const { execFile } = require('node:child_process');
const path = require('node:path');
const { promisify } = require('node:util');

const root = path.resolve(__dirname, '../..');
/** Long enough for any machine, short of what would hide a process that hangs. */
const LIMIT_MS = 30_000;

const prelude = `
  'use strict';
  const { PipelinePerformanceMetrics, measurePipeline, measureStage } =
    require(${JSON.stringify(root)});
  const silent = () => {};
  const logger = { debug: silent, info: silent, warn: silent, error: silent };
  const collector = (options) => new PipelinePerformanceMetrics({
    logger, eventBus: { dispatch: silent }, ...options,
  });
`;

/** Runs a script in a process of its own; rejects where it fails or has to be killed. */
async function runs(script) {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['-e', prelude + script],
    {
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
      env: { ...process.env, NODE_OPTIONS: '' },
    },
  );
  return stdout.trim();
}

describe('a process', () => {
  it('ends though its collectors were never disposed of', async () => {
    const script = `
      globalThis.collectors = [collector(), collector(), collector()];
      collectors[0].startPipelineExecution('open');
      console.log('end of script');
    `;
    expect(await runs(script)).toBe('end of script');
  });

  it('ends with executions open, alerts raised and stages awaited', async () => {
    const script = `
      const metrics = collector({ verbosityConfig: 'verbose' });
      metrics.setStageThreshold('a', { maxDuration: 0 });
      measurePipeline(metrics, {}, async () => {
        await measureStage(metrics, 'a', {}, async () => {});
        await new Promise(() => {});
      });
      process.on('exit', () => console.log(metrics.getStageMetrics('a').length));
    `;
    expect(await runs(script)).toBe('1');
  });

  it('may use what it has up to its very last moment', async () => {
    const script = `
      const metrics = collector();
      process.on('exit', () => {
        metrics.startPipelineExecution('e');
        metrics.startStageExecution('e', 'a');
        metrics.completeStageExecution('e', 'a');
        metrics.completePipelineExecution('e');
        console.log(metrics.getPipelineMetrics().length);
      });
    `;
    expect(await runs(script)).toBe('1');
  });

  it('asks a listener of beforeExit that measures once, as it does one that does not', async () => {
    const script = `
      const metrics = collector({ config: { analysisInterval: 0 } });
      let asked = 0;
      process.on('beforeExit', () => {
        asked += 1;
        if (asked > 3) process.exit(1);
        measurePipeline(metrics, {}, silent);
      });
      process.on('exit', () => console.log(asked, metrics.getPipelineMetrics().length));
    `;
    expect(await runs(script)).toBe('1 1');
  });

  it('hears of what was measured in beforeExit where a listener had more to do', async () => {
    const script = `
      const metrics = collector({
        eventBus: { dispatch: ({ type }) => console.log(type) },
      });
      process.once('beforeExit', () => {
        measurePipeline(metrics, {}, silent);
        setTimeout(silent, 1);
      });
    `;
    expect(await runs(script)).toBe('PIPELINE_PERFORMANCE_ANALYSIS');
  });

  it('survives collectors that are collected as garbage', async () => {
    const script = `
      require('node:v8').setFlagsFromString('--expose-gc');
      const gc = require('node:vm').runInNewContext('gc');
      let handle;
      for (let i = 0; i < 200; i += 1) {
        const metrics = collector();
        metrics.startPipelineExecution('e');
        handle = metrics.startStageExecution('e', 'a');
        metrics.completeStageExecution('e', handle);
        metrics.completePipelineExecution('e');
      }
      const { startStageExecution } = collector();
      gc();
      setImmediate(() => {
        gc();
        console.log(handle.completed, typeof startStageExecution);
      });
    `;
    expect(await runs(script)).toBe('true function');
  });

  it('notices work of the timer while something else holds it alive', async () => {
    const script = `
      const keepAlive = setInterval(silent, 1000);
      const metrics = collector({
        config: { aggregationInterval: 1 },
        eventBus: {
          dispatch({ type }) {
            clearInterval(keepAlive);
            metrics.stopPerformanceMonitoring();
            console.log(type);
          },
        },
      });
    `;
    expect(await runs(script)).toBe('PIPELINE_METRICS_AGGREGATED');
  });
});

describe('a worker thread', () => {
  const spawning = (workerBody, afterExit = '') => `
    const { Worker } = require('node:worker_threads');
    const body = ${JSON.stringify(prelude)} + ${JSON.stringify(workerBody)};
    const main = collector();
    main.startPipelineExecution('main');
    const workers = Array.from({ length: 3 }, () => new Worker(body, { eval: true }));
    let left = workers.length;
    for (const worker of workers) {
      worker.on('error', (error) => { throw error; });
      worker.on('message', () => worker.terminate());
      worker.on('exit', () => {
        left -= 1;
        if (left > 0) return;
        main.completePipelineExecution('main');
        ${afterExit}
        console.log('main', main.getPipelineMetrics().length);
      });
    }
  `;

  it('ends by itself and shares nothing with the main thread', async () => {
    const body = `
      globalThis.collectors = [collector(), collector()];
      const [metrics] = collectors;
      if (metrics.startStageExecution('main', 'a') !== null) process.exit(1);
      measurePipeline(metrics, {}, () => measureStage(metrics, 'a', {}, silent));
      if (metrics.getPipelineMetrics().length !== 1) process.exit(1);
    `;
    expect(await runs(spawning(body))).toBe('main 1');
  });

  it('may be terminated in the middle of its work', async () => {
    const body = `
      const metrics = collector({ verbosityConfig: 'detailed' });
      const { parentPort } = require('node:worker_threads');
      for (let i = 0; ; i += 1) {
        measurePipeline(metrics, {}, () => measureStage(metrics, 'a', {}, silent));
        if (i === 1000) parentPort.postMessage('working');
      }
    `;
    expect(await runs(spawning(body))).toBe('main 1');
  });
});
