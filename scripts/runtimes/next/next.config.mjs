import path from 'node:path';

/** Above is what is installed. */
const root = path.join(import.meta.dirname, '..');

export default {
  pageExtensions: ['mjs', 'js'],
  serverExternalPackages: ['pipeline-performance-metrics'],
  outputFileTracingRoot: root,
  turbopack: { root },
};
