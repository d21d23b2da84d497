'use strict';

const { setTimeout: sleep } = require('node:timers/promises');
const { serveMetrics } = require('../..');

/** What a turn waits for the next, so that there is something to look at and a core left. */
const PAUSE_MS = 250;

/**
 * Plays on, and serves the page of it, until it is interrupted or `turns` are over.
 *
 * @param {{ turns: number, write: (text: string) => void }} options
 */
async function playLive(metrics, player, { turns, write }) {
  const interrupted = new AbortController();
  const { signal } = interrupted;
  const interrupt = () => interrupted.abort();
  process.once('SIGINT', interrupt);
  const page = await serveMetrics(metrics, { signal });
  write(`The page: ${page.url}   Ctrl-C ends it.\n`);
  try {
    await player.play(turns, () => sleep(PAUSE_MS, undefined, { signal }));
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    process.off('SIGINT', interrupt);
    await page.close();
  }
}

module.exports = { playLive };
