'use strict';

const http = require('node:http');

/** A receiver of OTLP that remembers what it takes and answers as `answers` says, then with 200. */
async function otlpReceiver(answers = []) {
  const requests = [];
  const server = http.createServer((req, res) => {
    let text = '';
    req.setEncoding('utf8');
    req.on('data', (part) => (text += part));
    req.on('end', () => {
      const answer = answers.shift() ?? {};
      const { status = 200, headers = {}, body = '{}' } = answer;
      requests.push({ path: req.url, headers: req.headers, text, status });
      if (answer.hangs) return;
      if (answer.bytes !== undefined) {
        // As they are, and no more.
        req.socket.write(answer.bytes, () => {
          if (answer.ends) req.socket.destroy();
        });
        return;
      }
      res.writeHead(status, { 'Content-Type': 'application/json', ...headers });
      res.end(body);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  return {
    requests,
    answers,
    url: `http://127.0.0.1:${port}`,
    /** Spans that were taken. */
    spans: () =>
      requests
        .filter(({ path, status }) => path === '/v1/traces' && status === 200)
        .flatMap(
          ({ text }) => JSON.parse(text).resourceSpans[0].scopeSpans[0].spans,
        ),
    /** Metrics of the last request for them that was taken. */
    metrics: () => {
      const { text } = requests.findLast(
        ({ path, status }) => path === '/v1/metrics' && status === 200,
      );
      return JSON.parse(text).resourceMetrics[0];
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Timers that fire when a test says so, and a wall clock that moves with them. */
function manualTimers(wall = Date.UTC(2026, 0, 5, 12)) {
  const waiting = new Map();
  let now = 0;
  let next = 1;
  return {
    wallNow: () => wall + now,
    setTimeout(call, ms) {
      waiting.set(next, { call, at: now + ms });
      next += 1;
      return next - 1;
    },
    clearTimeout: (timer) => waiting.delete(timer),
    /** From now, in ms. */
    delays: () => [...waiting.values()].map(({ at }) => at - now),
    /** Moves on, calling what is due in its order. */
    advance(ms) {
      const until = now + ms;
      for (;;) {
        const due = [...waiting]
          .filter(([, { at }]) => at <= until)
          .sort(([, a], [, b]) => a.at - b.at)[0];
        if (due === undefined) break;
        waiting.delete(due[0]);
        now = due[1].at;
        due[1].call();
      }
      now = until;
    },
  };
}

module.exports = { manualTimers, otlpReceiver };
