'use strict';

const { sentenceOf } = require('../js/report/sentence');
const { h } = require('./dom');

const SIGNS = { worse: '▲', well: '✓', empty: '–' };

/** Whether all is well. */
function sentence(data, view) {
  const { text, tone } = view.trouble
    ? { text: view.trouble, tone: 'worse' }
    : sentenceOf(data, view.showTime);
  return h(
    'p',
    { class: `sentence ${tone}`, role: 'status' },
    h('span', { class: 'sign', 'aria-hidden': 'true' }, SIGNS[tone]),
    h('span', {}, text),
  );
}

module.exports = { sentence };
