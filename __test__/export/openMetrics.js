'use strict';

// A reader of OpenMetrics text 1.0, as strict as its grammar.

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const LABELS = `\\{(?:${LABEL}(?:,${LABEL})*)?\\}`;
const NUMBER = '[+-]?(?:\\d+(?:\\.\\d*)?(?:[eE][+-]?\\d+)?|Inf)|NaN';
const SAMPLE = new RegExp(
  `^(${NAME})(${LABELS})? (${NUMBER})(?: # (${LABELS}) (${NUMBER})(?: (${NUMBER}))?)?$`,
);
const META = new RegExp(`^# (TYPE|UNIT|HELP) (${NAME}) ([^\\n]*)$`);
const SUFFIXES = {
  counter: ['_total'],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
};

function labelsOf(text) {
  const labels = {};
  for (const [, name, value] of (text ?? '').matchAll(
    /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"/g,
  )) {
    if (Object.hasOwn(labels, name)) throw new Error(`label ${name} twice`);
    labels[name] = value.replace(/\\(.)/g, (_, char) =>
      char === 'n' ? '\n' : char,
    );
  }
  return labels;
}

/** The families of an exposition by name; throws where a line or their order is wrong. */
function parseOpenMetrics(text) {
  if (!text.endsWith('# EOF\n')) throw new Error('no end');
  const families = new Map();
  const seen = new Set();
  let family;
  for (const line of text
    .slice(0, -'# EOF\n'.length)
    .split('\n')
    .slice(0, -1)) {
    const meta = META.exec(line);
    if (meta !== null) {
      const [, what, name, value] = meta;
      if (family?.name !== name) {
        if (families.has(name)) throw new Error(`${name} is interleaved`);
        family = { name, samples: [] };
        families.set(name, family);
      }
      if (family.samples.length > 0) throw new Error(`${what} after samples`);
      family[what.toLowerCase()] = value;
      continue;
    }
    const found = SAMPLE.exec(line);
    if (found === null) throw new Error(`not a sample: ${line}`);
    const [, name, labels, value, exemplar, of, at] = found;
    const suffix = name.slice(family.name.length);
    if (
      !name.startsWith(family.name) ||
      !SUFFIXES[family.type].includes(suffix)
    )
      throw new Error(`${name} in ${family.name}`);
    if (seen.has(`${name}${labels}`)) throw new Error(`${line} twice`);
    seen.add(`${name}${labels}`);
    family.samples.push({
      suffix,
      labels: labelsOf(labels),
      value: Number(value.replace('Inf', 'Infinity')),
      exemplar:
        exemplar === undefined
          ? null
          : { labels: labelsOf(exemplar), value: Number(of), at: Number(at) },
    });
  }
  for (const { name, unit } of families.values()) {
    if (unit !== undefined && !name.endsWith(`_${unit}`))
      throw new Error(`${name} is not in ${unit}`);
  }
  return families;
}

module.exports = { parseOpenMetrics };
