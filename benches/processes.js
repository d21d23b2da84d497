'use strict';

const { fork } = require('node:child_process');
const path = require('node:path');

/** The checkout that this file is of. */
const HERE = path.join(__dirname, '..');

/** A process of its own that answers one request after the other. */
class Worker {
  #child;
  #waiting = null;

  /** @param {{ flags?: string[], root?: string }} [options] - for node; the checkout that it is of */
  constructor({ flags = [], root = HERE } = {}) {
    this.#child = fork(path.join(root, 'benches', 'worker.js'), [], {
      execArgv: flags,
      serialization: 'advanced',
    });
    this.#child.on('message', ({ error, result }) => {
      const { resolve, reject } = this.#waiting;
      this.#waiting = null;
      if (error === undefined) resolve(result);
      else reject(new Error(error));
    });
    this.#child.on('exit', (code, signal) => {
      this.#waiting?.reject(
        new Error(`a benchmark process ended early (${signal ?? code})`),
      );
    });
  }

  /**
   * @param {string} task - `measure/function`, as the measure exports it under `tasks`
   * @param {object} args - plain data
   */
  ask(task, args) {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#child.send({ task, args });
    });
  }

  stop() {
    this.#child.kill();
  }
}

/** Runs one task in a process of its own; options as for {@link Worker}. */
async function runTask(task, args, options) {
  const worker = new Worker(options);
  try {
    return await worker.ask(task, args);
  } finally {
    worker.stop();
  }
}

module.exports = { Worker, runTask };
