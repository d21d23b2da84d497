'use strict';

/** Cost of entering a cell; 0 cannot be entered. */
const GROUND = Object.freeze({ WALL: 0, ROAD: 1, OPEN: 3, THICKET: 6 });
const OPAQUE = new Set([GROUND.WALL, GROUND.THICKET]);

/** The map as a grid of cells: how far one walks, and what one sees. */
class Terrain {
  #cells;

  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.#cells = new Uint8Array(width * height).fill(GROUND.OPEN);
  }

  set(x, y, ground) {
    if (this.#inside(x, y)) this.#cells[y * this.width + x] = ground;
  }

  at(x, y) {
    return this.#inside(x, y) ? this.#cells[y * this.width + x] : GROUND.WALL;
  }

  #inside(x, y) {
    return x >= 0 && y >= 0 && x < this.width && y < this.height;
  }

  /**
   * Walking cost from a position to the nearest of `goals`, Infinity if there is
   * no way. Floods the map anew on every call (Dijkstra), so its cost grows with
   * the area nearer than the goal: up to some milliseconds.
   */
  walkCost(from, goals) {
    const wanted = new Set(goals.map(({ x, y }) => y * this.width + x));
    const costs = new Float64Array(this.#cells.length).fill(Infinity);
    const frontier = new Frontier();
    const start = from.y * this.width + from.x;
    costs[start] = 0;
    frontier.push(0, start);
    while (wanted.size > 0 && frontier.size > 0) {
      const { cost, cell } = frontier.pop();
      if (wanted.has(cell)) return cost;
      if (cost > costs[cell]) continue;
      for (const next of this.#neighbours(cell)) {
        const reached = cost + this.#cells[next];
        if (reached < costs[next]) {
          costs[next] = reached;
          frontier.push(reached, next);
        }
      }
    }
    return Infinity;
  }

  #neighbours(cell) {
    const x = cell % this.width;
    const around = [];
    if (x > 0) around.push(cell - 1);
    if (x < this.width - 1) around.push(cell + 1);
    if (cell >= this.width) around.push(cell - this.width);
    if (cell < this.#cells.length - this.width) around.push(cell + this.width);
    return around.filter((next) => this.#cells[next] !== GROUND.WALL);
  }

  /** Whether nothing opaque lies strictly between two positions. */
  clearLine(from, to) {
    const steps = Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y));
    for (let step = 1; step < steps; step += 1) {
      const x = Math.round(from.x + ((to.x - from.x) * step) / steps);
      const y = Math.round(from.y + ((to.y - from.y) * step) / steps);
      if (OPAQUE.has(this.at(x, y))) return false;
    }
    return true;
  }
}

/** Cells still to visit, cheapest first: a binary heap. */
class Frontier {
  #heap = [];

  get size() {
    return this.#heap.length;
  }

  push(cost, cell) {
    const heap = this.#heap;
    const entry = { cost, cell };
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent].cost <= cost) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = entry;
  }

  pop() {
    const heap = this.#heap;
    const cheapest = heap[0];
    const last = heap.pop();
    if (heap.length > 0) this.#sink(last);
    return cheapest;
  }

  #sink(entry) {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && right.cost < heap[child].cost) child += 1;
      if (heap[child].cost >= entry.cost) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = entry;
  }
}

module.exports = { GROUND, Terrain };
