'use strict';

const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { launch } = require('../page/browser');
const { until } = require('../processes');
const { newCollector, runPipeline } = require('../../fixtures/collector');
const { cli, write } = require('../../fixtures/commandLine');

const RELEASE = path.join(
  __dirname,
  '../../../target/speedscope/node_modules/speedscope/dist/release',
);

/** Types that a browser insists on. */
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
};

let server;
let browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(() => browser?.close());

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve()));
});

/** Serves speedscope, and beside it a trace; resolves to where. */
async function serve(trace) {
  const known = new Map(
    fs.readdirSync(RELEASE).map((name) => [`/${name}`, name]),
  );
  server = http.createServer((req, res) => {
    const { pathname } = new URL(req.url, 'http://localhost');
    if (pathname === '/trace.json') {
      res.end(trace);
      return;
    }
    const name = known.get(pathname);
    if (name === undefined) {
      res.writeHead(404).end();
      return;
    }
    const type = TYPES[path.extname(name)] ?? 'application/octet-stream';
    res.writeHead(200, { 'Content-Type': type });
    res.end(fs.readFileSync(path.join(RELEASE, name)));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${server.address().port}`;
}

/** Executions with stages inside of stages, side by side, and with hostile names. */
function tangled() {
  const world = newCollector();
  const { metrics, clock } = world;
  for (let run = 0; run < 5; run += 1) {
    const id = `run-${run}`;
    metrics.startPipelineExecution(id);
    const outer = metrics.startStageExecution(id, 'outer');
    clock.advance(1 / 3);
    const inner = metrics.startStageExecution(id, 'inner', { parent: outer });
    const beside = metrics.startStageExecution(id, 'beside');
    clock.advance(0.7);
    metrics.completeStageExecution(id, inner);
    metrics.completeStageExecution(id, outer);
    clock.advance(0.1);
    metrics.completeStageExecution(id, beside);
    metrics.completePipelineExecution(id);
  }
  const hostile = '</script><img src=x onerror=alert(1)>"\\\n\u202e\ud800';
  runPipeline(world, hostile, [[hostile, 4]]);
  return metrics;
}

/** What the command makes of the history of a collector. */
function traceOfExported(metrics) {
  const { stdout, stderr } = cli([
    'trace',
    write('history.json', metrics.exportHistory()),
    '-o',
    '-',
  ]);
  expect(stderr).toBe('');
  return stdout;
}

/** Opens a trace in speedscope; the page, and all that it complains of. */
async function opened(trace) {
  const at = await serve(trace);
  const page = await browser.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('dialog', (dialog) => {
    complaints.push(dialog.message());
    return dialog.dismiss();
  });
  await page.goto(`${at}/index.html#profileURL=${at}/trace.json`);
  return { page, complaints };
}

it.each([
  ['of a collector', (metrics) => metrics.exportTrace()],
  ['of an exported history', traceOfExported],
])(
  'speedscope loads a trace %s in Chromium without an error',
  async (_, traceOf) => {
    const { page, complaints } = await opened(traceOf(tangled()));
    // The name of the profile that is shown: that of a track.
    const shown = page.getByText(/pipeline.*run-\d/).first();
    await shown.waitFor();
    expect(await shown.innerText()).toContain('run-0');
    expect(complaints).toEqual([]);
  },
);

it('speedscope complains of what is no trace', async () => {
  const { complaints } = await opened('{"traceEvents": 7}');
  await until(() => complaints.length > 0);
  expect(complaints.join()).toContain('Unrecognized format');
});
