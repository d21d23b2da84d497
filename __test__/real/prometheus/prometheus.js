'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { folder, freePort, start, until } = require('../processes');

const MONITORING = path.join(__dirname, '../../../monitoring/prometheus');

const configOf = (target) => `
global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files:
  - ${MONITORING}/recording-rules.yml
  - ${MONITORING}/alerting-rules.yml
scrape_configs:
  - job_name: shop
    static_configs:
      - targets: ['${target}']
`;

/** A Prometheus that scrapes `target` once a second, with the rules of monitoring/. */
async function startPrometheus(target) {
  const home = folder();
  const port = await freePort();
  const config = path.join(home.at, 'prometheus.yml');
  fs.writeFileSync(config, configOf(target));
  const running = start('prometheus', [
    `--config.file=${config}`,
    `--storage.tsdb.path=${path.join(home.at, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--enable-feature=exemplar-storage',
  ]);
  /** What its API answers; undefined where it does not, or refuses. */
  const ask = async (call, parameters = {}) => {
    const url = new URL(`http://127.0.0.1:${port}/api/v1/${call}`);
    for (const [name, value] of Object.entries(parameters))
      url.searchParams.set(name, value);
    const response = await fetch(url).catch(() => undefined);
    const answer = await response?.json().catch(() => undefined);
    return answer?.status === 'success' ? answer.data : undefined;
  };
  const isUp = async () =>
    (await ask('query', { query: 'up == 1' }))?.result.length > 0;
  await until(() => {
    if (running.child.exitCode !== null) throw new Error(running.printed);
    return isUp();
  });
  return {
    ask,
    /** Values of an expression by their labels; empty where there are none. */
    query: async (query) => (await ask('query', { query }))?.result ?? [],
    async stop() {
      await running.stop();
      home.remove();
    },
  };
}

module.exports = { MONITORING, startPrometheus };
