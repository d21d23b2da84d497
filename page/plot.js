'use strict';

// Choosing cells of a heat map with a pointer or with arrow keys.

const { COLUMNS } = require('./selection');

/** The cell under a place of the plot, or the nearest in its column. */
function cellAt(map, plot, { clientX, clientY }) {
  const box = plot.getBoundingClientRect();
  const column = Math.floor(((clientX - box.left) / box.width) * COLUMNS);
  const row =
    map.rows - 1 - Math.floor(((clientY - box.top) / box.height) * map.rows);
  const near = map.cells.filter((cell) => Math.abs(cell.column - column) <= 1);
  const distance = (cell) =>
    Math.abs(cell.row - row) + Math.abs(cell.column - column) / 4;
  return near.reduce(
    (best, cell) =>
      best === null || distance(cell) < distance(best) ? cell : best,
    null,
  );
}

const isBeyond = {
  ArrowLeft: (cell, from) => cell.column < from.column,
  ArrowRight: (cell, from) => cell.column > from.column,
  ArrowUp: (cell, from) => cell.row > from.row && cell.column === from.column,
  ArrowDown: (cell, from) => cell.row < from.row && cell.column === from.column,
};

/** The next cell in a direction; the longest without a place to start from. */
function cellFrom(map, from, key) {
  if (from === null)
    return (
      map.cells.reduce((a, b) => (b.row > a.row ? b : a), map.cells[0]) ?? null
    );
  const away = (cell) =>
    Math.abs(cell.column - from.column) * COLUMNS +
    Math.abs(cell.row - from.row);
  const beyond = map.cells.filter((cell) => isBeyond[key](cell, from));
  return (
    beyond.reduce((a, b) => (a === null || away(b) < away(a) ? b : a), null) ??
    from
  );
}

module.exports = { cellAt, cellFrom };
