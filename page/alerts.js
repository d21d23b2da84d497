'use strict';

const { alertText } = require('../js/report/alert-text');
const { h } = require('./dom');
const { clock, exactTime, visibleName, whole } = require('./format');
const { emptySays, panel } = require('./panel');

/** Most alerts shown; the others are counted. */
const MOST = 12;

function row(alert, now) {
  const isError = alert.severity === 'error';
  const over =
    alert.resolvedAt === null
      ? ''
      : `, over since ${clock(alert.resolvedAt, now, true)}`;
  const more =
    alert.suppressed > 0 ? `, and ${whole(alert.suppressed)} like it` : '';
  return h(
    'tr',
    {
      'data-key': `${alert.at} ${alert.stage} ${alert.type} ${alert.executionId}`,
    },
    h(
      'td',
      {},
      h(
        'time',
        { datetime: exactTime(alert.at), title: exactTime(alert.at) },
        clock(alert.at, now, true),
      ),
    ),
    h(
      'td',
      { class: isError ? 'worse' : 'muted' },
      isError ? '▲ error' : '△ warning',
    ),
    h('th', { scope: 'row' }, alert.name),
    h('td', {}, `${alertText(alert)}${more}${over}`),
    h(
      'td',
      {},
      alert.executionId !== null &&
        h(
          'button',
          {
            class: 'link',
            'data-do': 'execution',
            'data-of': alert.executionId,
            'data-nav': 'alerts',
          },
          visibleName(alert.executionId),
        ),
    ),
  );
}

/** Alerts, the newest first. */
function alerts(data, view) {
  const all = data.alerts;
  const count = Math.max(data.alertCount, all.length);
  const left = count - Math.min(MOST, all.length);
  const none =
    data.axis.kind === 'runs'
      ? 'An exported history has no alerts.'
      : 'No alert was raised in this time.';
  return panel(
    {
      id: 'alerts',
      title: 'Alerts',
      extra:
        count > 0 &&
        h(
          'span',
          { class: 'muted' },
          left > 0 ? `newest ${MOST} of ${whole(count)}` : whole(count),
        ),
      chart: () =>
        all.length === 0
          ? emptySays(none)
          : h(
              'div',
              {
                class: 'scroll',
                tabindex: 0,
                role: 'region',
                'aria-label': 'Alerts, newest first',
              },
              h(
                'table',
                {},
                h('caption', { class: 'unseen' }, 'Alerts, newest first'),
                h(
                  'thead',
                  { class: 'unseen' },
                  h(
                    'tr',
                    {},
                    ['time', 'severity', 'stage', 'what', 'execution'].map(
                      (name) => h('th', { scope: 'col' }, name),
                    ),
                  ),
                ),
                h(
                  'tbody',
                  {},
                  all.slice(0, MOST).map((alert) => row(alert, data.at)),
                ),
              ),
            ),
    },
    view,
  );
}

module.exports = { alerts };
