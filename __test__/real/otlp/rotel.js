'use strict';

const path = require('node:path');
const { folder, freePort, start, until } = require('../processes');

/** The Python with the packages `rotel` and `opentelemetry-proto`. */
const PYTHON = path.join(__dirname, '../../../target/otlp/bin/python');

const FIND = `
import os, rotel
print(os.path.join(os.path.dirname(rotel.__file__), 'rotel-agent'), end='')
`;

/** A rotel that receives at `port` and prints all that it takes. */
async function startRotel(port, agent) {
  const home = folder();
  const grpc = await freePort();
  const running = start(agent, [
    'start',
    `--otlp-http-endpoint=127.0.0.1:${port}`,
    `--otlp-grpc-endpoint=127.0.0.1:${grpc}`,
    '--debug-log=traces',
    '--debug-log=metrics',
    '--debug-log-verbosity=detailed',
    '--exporter=blackhole',
    `--pid-file=${path.join(home.at, 'pid')}`,
    `--log-file=${path.join(home.at, 'log')}`,
  ]);
  await until(async () => {
    if (running.child.exitCode !== null) throw new Error(running.printed);
    const url = `http://127.0.0.1:${port}/v1/traces`;
    return (await fetch(url).catch(() => null)) !== null;
  });
  return {
    printed: () => running.printed,
    async stop() {
      await running.stop();
      home.remove();
    },
  };
}

/** Ids of the spans that it printed. */
const spanIds = (printed) =>
  [...printed.matchAll(/^ {4}ID {13}: (\w{16})$/gm)].map(([, id]) => id);

/** Metrics that it printed, each as its text. */
function metricsNamed(printed, name) {
  const each = printed.split(/^Metric #\d+$/m).slice(1);
  return each.filter((text) => text.includes(`-> Name: ${name}\n`));
}

module.exports = { FIND, PYTHON, metricsNamed, spanIds, startRotel };
