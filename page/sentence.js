'use strict';

const { sentenceOf } = require('../js/report/sentence');
const { h } = require('./dom');

const SIGNS = { worse: '▲', alerted: '△', well: '✓', empty: '–' };

/** With alerts, a pipeline that is not slower is not well either. */
function toneOf({ tone }, { alerts }) {
  return tone === 'well' && alerts.length > 0 ? 'alerted' : tone;
}

/** Whether all is well. */
function sentence(data, view) {
  const said = view.trouble
    ? { text: view.trouble, tone: 'worse' }
    : sentenceOf(data, view.showTime);
  const tone = toneOf(said, data);
  return h(
    'p',
    { class: `sentence ${tone}`, role: 'status' },
    h('span', { class: 'sign', 'aria-hidden': 'true' }, SIGNS[tone]),
    h('span', {}, said.text),
  );
}

module.exports = { sentence };
