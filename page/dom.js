'use strict';

// Elements from descriptions, and a tree changed in place to be like another. Texts are always text.

const SVG = 'http://www.w3.org/2000/svg';

function append(parent, child) {
  if (child === null || child === undefined || child === false) return;
  if (Array.isArray(child)) for (const one of child) append(parent, one);
  else if (typeof child === 'object') parent.appendChild(child);
  else parent.appendChild(document.createTextNode(String(child)));
}

function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'style') Object.assign(element.style, value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

/** An element; children that are null or false are left out. */
const h = (tag, attributes = {}, ...children) =>
  build(document.createElement(tag), attributes, children);

/** An element of a drawing. */
const s = (tag, attributes = {}, ...children) =>
  build(document.createElementNS(SVG, tag), attributes, children);

/** A name that may go on in another line after each of its words. */
const breakable = (name) =>
  name.split(/(?<=_)/).flatMap((word) => [word, h('wbr')]);

const isAlike = (from, to) =>
  from.nodeType === to.nodeType &&
  from.nodeName === to.nodeName &&
  from.getAttribute?.('data-key') === to.getAttribute?.('data-key');

function morphAttributes(from, to) {
  for (const { name } of [...from.attributes])
    if (name !== 'style' && !to.hasAttribute(name)) from.removeAttribute(name);
  for (const { name, value } of to.attributes)
    if (name !== 'style' && from.getAttribute(name) !== value)
      from.setAttribute(name, value);
  if (from.style.cssText !== to.style.cssText)
    from.style.cssText = to.style.cssText;
}

/** User input is a property, not an attribute. */
function morphControl(from, to) {
  if (from.nodeName === 'SELECT' && from.value !== to.value)
    from.value = to.value;
}

/**
 * Changes `from` in place until it is like `to`: focus and scroll positions stay.
 *
 * @returns {Node} the node in its place now
 */
function morph(from, to) {
  if (!isAlike(from, to)) {
    from.replaceWith(to);
    return to;
  }
  // Most of a page is unchanged, and the browser compares faster than a walk.
  if (from.isEqualNode(to)) return from;
  if (from.nodeType !== Node.ELEMENT_NODE) {
    from.nodeValue = to.nodeValue;
    return from;
  }
  morphAttributes(from, to);
  const [old, next] = [[...from.childNodes], [...to.childNodes]];
  next.forEach((child, place) => {
    if (place < old.length) morph(old[place], child);
    else from.appendChild(child);
  });
  for (const child of old.slice(next.length)) child.remove();
  morphControl(from, to);
  return from;
}

module.exports = { breakable, h, morph, s };
