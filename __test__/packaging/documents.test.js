'use strict';

const channels = require('node:diagnostics_channel');
const fs = require('node:fs');
const path = require('node:path');
const api = require('../..');
const { newCollector } = require('../fixtures/collector');

const { PipelinePerformanceMetrics, createMetricProducer } = api;

const ROOT = path.join(__dirname, '../..');
const inFolder = (folder) =>
  fs
    .readdirSync(path.join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.posix.join(folder, name));
const DOCUMENTS = ['', 'docs', 'examples/action-pipeline'].flatMap(inFolder);

/** Blocks of JavaScript in docs/: the README's are programs, which `npm run test:package` runs. */
const EXAMPLES = inFolder('docs').flatMap((file) =>
  Array.from(
    fs
      .readFileSync(path.join(ROOT, file), 'utf8')
      .matchAll(/^```js\n([\s\S]*?)^```$/gmu),
    ([, code]) => [file, code],
  ),
);

const read = (file) => fs.readFileSync(path.join(ROOT, file), 'utf8');

const withoutCode = (text) =>
  text.replace(/^ *```[\s\S]*?^ *```$/gmu, '').replace(/`[^`\n]*`/gu, '');

/** The places of a document that a link can name. */
const anchorsOf = (text) =>
  [...text.matchAll(/^#+ (.+)$/gmu)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** Links of a document that lead nowhere in this repository. */
function brokenLinks(document) {
  const links = withoutCode(read(document)).matchAll(/\]\(([^)\s]+)\)/gu);
  return [...links]
    .map(([, link]) => link)
    .filter((link) => !/^[a-z]+:/u.test(link))
    .filter((link) => {
      const [file, anchor] = link.split('#');
      const target =
        file === '' ? document : path.join(path.dirname(document), file);
      if (!fs.existsSync(path.join(ROOT, target))) return true;
      return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
    });
}

/** Paths from the root of the repository. */
const PATHS =
  /(?<=`)(?:js|src|types|docs|scripts|tests|native|__test__)\/[\w./-]*(?=`)/g;

const shownDefault = (value) =>
  typeof value === 'string'
    ? `\`'${value}'\``
    : typeof value === 'boolean'
      ? `\`${value}\``
      : value.toLocaleString('en-US');

const plain = (value) => shownDefault(value).replaceAll('`', '');

describe('documents', () => {
  const metrics = new PipelinePerformanceMetrics({
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    eventBus: { dispatch() {} },
  });

  afterAll(() => metrics.dispose());

  test.each(DOCUMENTS)('every link within %s leads somewhere', (document) => {
    expect(brokenLinks(document)).toEqual([]);
  });

  test.each(['docs/architecture.md', 'CONTRIBUTING.md'])(
    'every path that %s names exists',
    (document) => {
      const paths = read(document).match(PATHS);
      expect(paths.length).toBeGreaterThan(3);
      const missing = paths.filter((at) => !fs.existsSync(path.join(ROOT, at)));
      expect(missing).toEqual([]);
    },
  );

  test('every test that analysis.md names is one of the engine', () => {
    const sources = ['src/engine', 'tests'].flatMap((folder) =>
      fs
        .readdirSync(path.join(ROOT, folder), { recursive: true })
        .filter((name) => name.endsWith('.rs'))
        .map((name) => read(path.join(folder, name))),
    );
    const named = read('docs/analysis.md').matchAll(
      /`(?:[a-z_]+::)+([a-z0-9_]+)`/gu,
    );
    const names = Array.from(named, ([, name]) => name);
    expect(names.length).toBeGreaterThan(25);
    const isThere = (name) =>
      sources.some((text) => text.includes(`fn ${name}(`));
    expect(names.filter((name) => !isThere(name))).toEqual([]);
  });

  test.each(EXAMPLES)('an example of %s runs: %s', async (_, code) => {
    const received = jest.fn();
    let page;
    const subscribed = [];
    const modules = {
      'node:diagnostics_channel': {
        subscribe(...of) {
          channels.subscribe(...of);
          subscribed.push(of);
        },
      },
      'pipeline-performance-metrics': {
        ...api,
        serveMetrics: (of) => (page = api.serveMetrics(of)),
      },
      'node:http': { createServer: () => ({ listen: received }) },
      'node:fs': { writeFileSync: received },
      '@opentelemetry/exporter-metrics-otlp-http': {
        OTLPMetricExporter: received,
      },
      '@opentelemetry/sdk-metrics': {
        PeriodicExportingMetricReader: received,
      },
    };
    const given = {
      metrics: newCollector().metrics,
      bus: { on: received },
      fastify: { get: received },
      handler: received,
      exporter: { exportTraces: received },
      process: { once: received },
      require: (name) => modules[name] ?? require(name),
    };
    const names = Object.keys(given).filter(
      (name) => !new RegExp(`const (\\{ )?${name}\\b`, 'u').test(code),
    );
    const AsyncFunction = (async () => {}).constructor;
    const run = new AsyncFunction(...names, `${code}\nreturn 'to its end';`);
    const log = jest.spyOn(console, 'log').mockImplementation(received);
    try {
      const ended = run(...names.map((name) => given[name]));
      await expect(ended).resolves.toBe('to its end');
    } finally {
      const served = await page;
      log.mockRestore();
      for (const of of subscribed) channels.unsubscribe(...of);
      await served?.close();
    }
  });

  test('the README lists every setting with its default', () => {
    const text = read('README.md');
    const missing = Object.entries(metrics.config).filter(
      ([name, value]) =>
        !text.includes(`\n| \`${name}\` | ${shownDefault(value)}`),
    );
    expect(missing).toEqual([]);
  });

  test('the types say the default of every setting', () => {
    const text = read('types/options.d.ts');
    const config = text.slice(text.indexOf('export interface Config {'));
    const missing = Object.entries(metrics.config).filter(([name, value]) => {
      const doc = config.slice(0, config.indexOf(`\n  ${name}: `)).trimEnd();
      const own = doc.slice(doc.lastIndexOf('/**'));
      return !own.replaceAll('`', '').includes(`Default ${plain(value)}`);
    });
    expect(missing).toEqual([]);
  });

  test('metric-names.md lists every metric that is exported', async () => {
    const { resourceMetrics } = await createMetricProducer(metrics).collect();
    const families = metrics.toOpenMetrics().matchAll(/^# TYPE (\w+)/gm);
    const names = [
      ...resourceMetrics.scopeMetrics[0].metrics.map(
        ({ descriptor }) => descriptor.name,
      ),
      ...Array.from(families, ([, family]) => family),
    ];
    expect(names.length).toBeGreaterThan(15);
    const text = read('docs/metric-names.md');
    const isThere = (name) =>
      text.includes(`\`${name}`) ||
      text.includes(`, \`.${name.split('.').at(-1)}\``);
    expect(names.filter((name) => !isThere(name))).toEqual([]);
  });

  test('metric-names.md lists every counter, figure, alert and event', () => {
    const { overhead } = metrics.getPerformanceSummary();
    const schema = (name) => JSON.parse(read(`docs/schemas/${name}.json`));
    const alert = schema('alert-resolved');
    const names = [
      ...Object.keys(metrics.getDiagnostics()),
      ...Object.keys(overhead).filter((name) => name !== 'interval'),
      ...Object.keys(alert.properties),
      ...alert.properties.type.enum,
      ...Object.keys(schema('analysis').properties),
      ...['alert', 'alert-resolved', 'analysis', 'aggregated'].map(
        (name) => schema(name).title,
      ),
    ];
    const text = read('docs/metric-names.md');
    expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});
