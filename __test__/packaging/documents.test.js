'use strict';

const fs = require('node:fs');
const path = require('node:path');
const {
  PipelinePerformanceMetrics,
  createMetricProducer,
} = require('../../index');

const ROOT = path.join(__dirname, '../..');
const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'docs/analysis.md',
  'docs/architecture.md',
  'docs/benchmarks.md',
  'docs/exporters.md',
  'docs/metric-names.md',
  'docs/page.md',
  'docs/platforms.md',
  'examples/action-pipeline/README.md',
];

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
      expect(paths.length).toBeGreaterThan(10);
      const missing = paths.filter((at) => !fs.existsSync(path.join(ROOT, at)));
      expect(missing).toEqual([]);
    },
  );

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
