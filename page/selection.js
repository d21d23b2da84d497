'use strict';

// Choosing a time on any chart whose axis is that of the page, by dragging or with arrow keys. A
// selection is two columns of the axis: its start, and its current end.

/** Columns of the axis, as the engine divides it. */
const COLUMNS = 120;

/** Pixels that a pointer moves before it drags. */
const LEAST = 4;

const within = (column) => Math.min(COLUMNS - 1, Math.max(0, column));

/** The first column of a selection, and the one after its last. */
const boundsOf = ({ anchor, head }) => [
  Math.min(anchor, head),
  Math.max(anchor, head) + 1,
];

/** The time that a selection covers, on the axis. */
function periodOf(selection, axis) {
  const [from, to] = boundsOf(selection).map(
    (column) => axis.from + ((axis.to - axis.from) * column) / COLUMNS,
  );
  return { from, to };
}

/** A selection that an arrow key changes; it begins at the cursor, else at the newest column. */
function extended(selection, cursor, key) {
  const anchor = selection?.anchor ?? cursor?.column ?? COLUMNS - 1;
  const head = selection?.head ?? anchor;
  return { anchor, head: within(head + (key === 'ArrowLeft' ? -1 : 1)) };
}

/** A pointer that is held down on a chart. */
class Drag {
  #box = null;
  #startX = 0;
  #isDragging = false;

  /** Begins a drag at the pointer, if that is on an axis. */
  begin({ target, clientX, button, isPrimary }) {
    const chart = target.closest('[data-axis]');
    this.#isDragging = false;
    this.#box =
      chart !== null && button === 0 && isPrimary
        ? chart.getBoundingClientRect()
        : null;
    this.#startX = clientX;
  }

  /** The selection up to a place; null where nothing is dragged. */
  to({ clientX }) {
    if (this.#box === null) return null;
    if (Math.abs(clientX - this.#startX) >= LEAST) this.#isDragging = true;
    if (!this.#isDragging) return null;
    const column = (x) =>
      within(Math.floor(((x - this.#box.left) / this.#box.width) * COLUMNS));
    return { anchor: column(this.#startX), head: column(clientX) };
  }

  /** Ends, and returns what was selected. */
  end(event) {
    const selection = this.to(event);
    this.#box = null;
    return selection;
  }

  /** Whether the next click belongs to the drag; true only once. */
  takesClick() {
    const takes = this.#isDragging;
    this.#isDragging = false;
    return takes;
  }
}

module.exports = { COLUMNS, Drag, boundsOf, extended, periodOf };
