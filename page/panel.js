'use strict';

// The frame of a chart: its title, extras, and the table of the same figures.

const { breakable, h } = require('./dom');

/** A table of figures: `columns` of titles, rows of texts. */
function table(caption, columns, rows) {
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    h(
      'table',
      { class: 'figures' },
      h('caption', {}, h('span', {}, caption)),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          columns.map((name) => h('th', { scope: 'col' }, name)),
        ),
      ),
      h(
        'tbody',
        {},
        rows.map((row) =>
          h(
            'tr',
            {},
            row.map((cell, place) =>
              place === 0
                ? h('th', { scope: 'row' }, breakable(cell))
                : h('td', {}, cell),
            ),
          ),
        ),
      ),
    ),
  );
}

/** A text in place of a chart without data. */
const emptySays = (text) => h('p', { class: 'empty' }, text);

/**
 * @param {object} of - `id`, `title`, `extra` beside the title, and what makes its body: `chart`, or
 *   `figures` where the table is asked for
 * @param {object} view
 */
function panel({ id, title, extra, chart, figures }, view) {
  const asTable = view.tables.has(id);
  return h(
    'section',
    { class: `panel ${id}`, 'data-key': id, 'aria-labelledby': `${id}-title` },
    h(
      'div',
      { class: 'panel-head' },
      h('h2', { id: `${id}-title` }, title),
      extra,
      figures &&
        h(
          'button',
          {
            class: 'quiet toggle',
            'data-do': 'table',
            'data-of': id,
            'aria-pressed': String(asTable),
            'aria-label': `${title} as a table`,
          },
          'table',
        ),
    ),
    figures && asTable ? figures() : chart(),
  );
}

module.exports = { emptySays, panel, table };
