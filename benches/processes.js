'use strict';

const { fork } = require('node:child_process');
const path = require('node:path');

const WORKER = path.join(__dirname, 'worker.js');

/** A process of its own that answers one request after the other. */
class Worker {
  #child;
  #waiting = null;

  /** @param {string[]} [flags] - for node */
  constructor(flags = []) {
    this.#child = fork(WORKER, [], {
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

/** Runs one task in a process of its own. */
async function runTask(task, args, flags) {
  const worker = new Worker(flags);
  try {
    return await worker.ask(task, args);
  } finally {
    worker.stop();
  }
}

module.exports = { Worker, runTask };
