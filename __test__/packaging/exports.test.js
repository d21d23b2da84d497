'use strict';

const { execFileSync } = require('node:child_process');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const api = require('../..');

const ROOT = path.join(__dirname, '../..');

/** What a program sees that imports the package: a process of its own, as Jest has no ES modules. */
function imported() {
  const program = `
    import { createRequire } from 'node:module';
    import * as namespace from ${JSON.stringify(pathToFileURL(path.join(ROOT, 'index.mjs')))};
    const required = createRequire(import.meta.url)(${JSON.stringify(ROOT)});
    const names = Object.keys(namespace);
    const same = names.filter((name) => namespace[name] === required[name]);
    process.stdout.write(JSON.stringify({ names, same }));
  `;
  const text = execFileSync(
    process.execPath,
    ['--input-type=module', '--eval', program],
    {
      encoding: 'utf8',
    },
  );
  return JSON.parse(text);
}

describe('the two entries', () => {
  const { names, same } = imported();

  it('export the same names', () => {
    expect(names.sort()).toEqual(Object.keys(api).sort());
  });

  it('export the same values, so that a class is one class', () => {
    expect(same.sort()).toEqual(names.sort());
  });

  it('have the collector as their default', () => {
    expect(api.default).toBe(api.PipelinePerformanceMetrics);
  });

  it('mark the CommonJS one, so that compiled imports find its default', () => {
    expect(api.__esModule).toBe(true);
    expect(Object.keys(api)).not.toContain('__esModule');
  });
});
