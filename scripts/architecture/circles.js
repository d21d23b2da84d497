'use strict';

/**
 * The circles of a graph: its strongly connected components of more than one node (Tarjan, 1972).
 *
 * @param {Map<string, Set<string>>} graph - each file with the files it needs
 * @returns {string[][]} the files of each circle, sorted
 */
function circlesOf(graph) {
  const index = new Map();
  const low = new Map();
  const stack = [];
  const circles = [];

  function visit(node) {
    index.set(node, index.size);
    low.set(node, index.get(node));
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) {
        low.set(node, Math.min(low.get(node), low.get(next)));
      }
    }
    if (low.get(node) !== index.get(node)) return;
    const circle = stack.splice(stack.indexOf(node));
    if (circle.length > 1) circles.push(circle.sort());
  }

  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return circles;
}

module.exports = { circlesOf };
