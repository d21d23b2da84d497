'use strict';

const { App } = require('./app');
const { moveWithin } = require('./keyboard');
const { cellAt, cellFrom } = require('./plot');
const { Drag, extended } = require('./selection');
const { Stream } = require('./stream');

const embedded = document.getElementById('data').textContent.trim();
const isLive = embedded === '';
const root = document.getElementById('root');
const app = new App(root, { isLive });

const chosenMap = () =>
  app.data?.maps[app.view.stage ?? app.data.total] ?? null;

const DO = {
  table: (of) => app.toggleTable(of),
  stage: (of) => app.chooseStage(Number(of)),
  execution: (of) => of !== undefined && app.chooseExecution(of),
  pause: () => app.togglePause(),
  theme: () => app.toggleTheme(),
  help: () => app.toggleHelp(),
};

const drag = new Drag();

root.addEventListener('click', (event) => {
  if (drag.takesClick()) return;
  const of = event.target.closest('[data-do]');
  if (of !== null) {
    DO[of.dataset.do](of.dataset.of);
    return;
  }
  const plot = event.target.closest('[data-plot]');
  if (plot === null || chosenMap() === null) return;
  const cell = cellAt(chosenMap(), plot, event);
  app.moveCursor(cell);
  if (cell?.id) app.chooseExecution(cell.id);
});

const ON = {
  stage: (value) => app.chooseStage(Number(value)),
  execution: (value) => app.chooseExecution(value),
  range: (value) =>
    value !== 'period' && app.chooseRange(value === '' ? null : Number(value)),
};

root.addEventListener('change', ({ target }) =>
  ON[target.dataset.on]?.(target.value),
);
root.addEventListener('input', ({ target }) => {
  if (target.dataset.on === 'filter') app.filter(target.value);
});

root.addEventListener('pointerdown', (event) => {
  if (app.canSelect) drag.begin(event);
});
document.addEventListener('pointermove', (event) => {
  const selection = drag.to(event);
  if (selection !== null) app.select(selection);
});
document.addEventListener('pointerup', (event) => {
  if (drag.end(event) !== null) app.chooseSelection();
});
document.addEventListener('pointercancel', (event) => {
  if (drag.end(event) !== null) app.select(null);
});

root.addEventListener('pointermove', (event) => {
  if (app.view.selection !== null) return;
  const plot = event.target.closest('[data-plot]');
  if (plot !== null && chosenMap() !== null)
    app.moveCursor(cellAt(chosenMap(), plot, event));
});

function keyOnPlot(event) {
  const map = chosenMap();
  if (map === null || map.cells.length === 0) return false;
  if (event.key === 'Enter') {
    if (app.view.selection !== null) app.chooseSelection();
    else if (app.view.cursor?.id) app.chooseExecution(app.view.cursor.id);
    return true;
  }
  if (!event.key.startsWith('Arrow')) return false;
  if (event.shiftKey) {
    if (!app.canSelect || !/Left|Right/.test(event.key)) return false;
    const { selection, cursor } = app.view;
    app.select(extended(selection, cursor, event.key));
    return true;
  }
  app.moveCursor(cellFrom(map, app.view.cursor, event.key));
  return true;
}

const KEYS = {
  Escape: () => app.close(),
  '?': () => app.toggleHelp(),
  t: () => app.toggleAllTables(),
};

document.addEventListener('keydown', (event) => {
  const { target, key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || app.data === null)
    return;
  const isControl = /^(INPUT|SELECT)$/.test(target.nodeName);
  if (key === 'Escape') KEYS.Escape();
  if (isControl) return;
  if (target.dataset.plot !== undefined && keyOnPlot(event))
    event.preventDefault();
  else if (moveWithin(root, target, key)) event.preventDefault();
  else if (key === ' ' && target.nodeName !== 'BUTTON') {
    app.togglePause();
    event.preventDefault();
  } else if (key !== 'Escape') KEYS[key]?.();
});

if (isLive) {
  let isFirst = true;
  const stream = new Stream({
    data: (page) => {
      app.take(page);
      // Data already present is shown without waiting for a frame.
      if (isFirst) app.drawNow();
      isFirst = false;
    },
    tick: (now) => app.tick(now),
    state: ({ trouble }) => app.trouble(trouble),
    open: () => app.connected(true),
    lost: () => app.connected(false),
  });
  app.connect(stream);
  document.addEventListener('visibilitychange', () => stream.follow());
  setInterval(() => app.draw('header'), 1000);
} else {
  app.take(JSON.parse(embedded));
  app.drawNow();
}
