'use strict';

// The page as a whole: data, the reader's selection, and drawing both.

const {
  alertsFrom,
  executionFrom,
  newsOf,
  pageFrom,
} = require('../js/report/page-data');
const { advice } = require('./advice');
const { alerts } = require('./alerts');
const { h, morph } = require('./dom');
const { header } = require('./header');
const { heatMap } = require('./heat-map');
const { help } = require('./help');
const { sentence } = require('./sentence');
const { stages } = require('./stages');
const { tiles } = require('./tiles');
const { periodOf } = require('./selection');
const { hashOf, initialView, resolveStage } = require('./view');
const { waterfall } = require('./waterfall');

/** Most alerts stored. */
const MOST_ALERTS = 50;

/** The parts of the page; the same data and view give the same part. */
const PARTS = {
  header,
  lead: (data, view) =>
    h(
      'div',
      { class: 'lead' },
      help(data, view),
      sentence(data, view),
      tiles(data, view),
    ),
  charts: (data, view) =>
    h(
      'div',
      { class: 'grid' },
      stages(data, view),
      heatMap(data, view),
      waterfall(data, view),
      advice(data, view),
    ),
  alerts,
};
const ALL = Object.keys(PARTS);

class App {
  #root;
  #data = null;
  #stream = null;
  /** Parts to be drawn with the next frame. */
  #due = new Set();
  /** The element of each part on the page. */
  #drawn = {};

  constructor(root, { isLive }) {
    this.#root = root;
    this.view = initialView(location.hash, isLive);
    this.#applyTheme();
  }

  get data() {
    return this.#data;
  }

  /** Called when the query to the server changes. */
  connect(stream) {
    this.#stream = stream;
    this.#ask();
  }

  /** Takes a whole page. */
  take(page) {
    const { view } = this;
    view.heardAt = Date.now();
    if (view.isPaused) return;
    const before = this.#data;
    const isFirst = before === null;
    view.now = page.at ?? Date.now();
    this.#data = pageFrom(page, view.showTime);
    // A page built for another listener may be older than the last tick.
    if (
      before?.now?.at > page.now?.at &&
      before.now.executions > page.now.executions
    )
      this.#data.now = { ...before.now, raised: page.now.raised };
    view.missed = 0;
    const stageBefore = view.stage;
    resolveStage(view, this.#data);
    if (view.cursor !== null) this.#keepCursor();
    if (isFirst && view.stage !== stageBefore) this.#ask();
    if (isFirst) this.#look(view.execution);
    this.draw();
  }

  /** Takes the figures that change with every run. */
  tick(now) {
    const { view } = this;
    view.heardAt = Date.now();
    if (this.#data === null) return;
    if (view.isPaused) {
      const { executions: shown } = this.#data.now;
      // Lower totals come from a restarted process.
      view.missed = now.executions - (now.executions < shown ? 0 : shown);
    } else {
      const isShown = view.to === null || now.at <= view.to;
      const news = newsOf(now, this.#data.now.raised);
      const added = isShown ? alertsFrom(news, this.#data.nameOf) : [];
      this.#data.now = now;
      this.#data.alerts = [...added, ...this.#data.alerts].slice(
        0,
        MOST_ALERTS,
      );
      this.#data.alertCount += added.length;
      if (added.length > 0) this.draw('lead', 'alerts');
    }
    this.draw('header');
  }

  /** Shows what is wrong with the source, or that nothing is. */
  trouble(text) {
    this.view.trouble = text;
    this.draw('header', 'lead');
  }

  connected(isConnected) {
    this.view.isConnected = isConnected;
    this.draw('header');
  }

  /** Draws parts with the next frame, once, however much has changed; all without names. */
  draw(...parts) {
    if (this.#data === null) return;
    const isScheduled = this.#due.size > 0;
    for (const part of parts.length > 0 ? parts : ALL) this.#due.add(part);
    if (!isScheduled) requestAnimationFrame(() => this.drawNow());
  }

  drawNow() {
    const { view } = this;
    view.clock = Date.now();
    // Also if this clock was set back.
    view.heardAt = Math.min(view.heardAt, view.clock);
    const due = ALL.filter((part) => this.#due.has(part));
    this.#due.clear();
    if (this.#drawn.header === undefined) this.#layOut();
    for (const part of due) {
      const next = PARTS[part](this.#data, view);
      this.#drawn[part] = morph(this.#drawn[part], next);
    }
  }

  /** Puts every part in its place. */
  #layOut() {
    for (const part of ALL)
      this.#drawn[part] = PARTS[part](this.#data, this.view);
    const { header: top, ...others } = this.#drawn;
    const main = h('main', {}, Object.values(others));
    const kind = this.view.isLive ? 'live' : 'file';
    this.#root.append(h('div', { id: 'page', class: kind }, top, main));
  }

  // The actions of a reader.

  chooseStage(stage) {
    const { view } = this;
    const total = this.#data.total;
    view.stage = stage === total ? null : stage;
    view.stageName = view.stage === null ? null : this.#data.nameOf(stage);
    view.cursor = null;
    this.#changed();
    if (this.#data.maps[stage] === undefined) this.#ask();
  }

  chooseExecution(id) {
    this.view.execution = id;
    this.#changed();
    this.#look(id);
  }

  chooseRange(range) {
    this.#chooseTime({ range, from: null, to: null });
  }

  #chooseTime(time) {
    Object.assign(this.view, { ...time, cursor: null, selection: null });
    this.#changed();
    this.#ask();
  }

  /** Whether another time range can be requested. */
  get canSelect() {
    return this.view.isLive && this.#data?.stages.length > 0;
  }

  /** Shows what is being chosen on the axis. */
  select(selection) {
    this.view.selection = selection;
    this.draw('charts');
  }

  /** Shows the time that has been chosen on the axis, in all charts. */
  chooseSelection() {
    const { selection } = this.view;
    if (selection === null) return;
    const { from, to } = periodOf(selection, this.#data.axis);
    const period = { from: Math.floor(from), to: Math.ceil(to) };
    this.#chooseTime({ range: null, ...period });
  }

  moveCursor(cursor) {
    if (this.view.cursor === cursor) return;
    this.view.cursor = cursor;
    this.draw('charts');
  }

  toggleTable(id) {
    const { tables } = this.view;
    if (!tables.delete(id)) tables.add(id);
    this.draw();
  }

  toggleAllTables() {
    const { tables } = this.view;
    const all = ['stages', 'heat-map', 'waterfall', 'advice'];
    if (tables.size > 0) tables.clear();
    else for (const id of all) tables.add(id);
    this.draw();
  }

  togglePause() {
    if (!this.view.isLive) return;
    this.view.isPaused = !this.view.isPaused;
    if (!this.view.isPaused) this.#ask();
    this.draw();
  }

  toggleHelp() {
    this.view.isHelpOpen = !this.view.isHelpOpen;
    this.draw();
  }

  toggleTheme() {
    const isDark =
      this.view.theme === null
        ? matchMedia('(prefers-color-scheme: dark)').matches
        : this.view.theme === 'dark';
    this.view.theme = isDark ? 'light' : 'dark';
    this.#applyTheme();
    this.#changed();
  }

  filter(text) {
    this.view.filter = text;
    this.draw('charts');
  }

  /** Resets the page to its initial range. */
  close() {
    const { view } = this;
    if (view.isHelpOpen) view.isHelpOpen = false;
    else if (view.selection !== null) view.selection = null;
    else if (view.cursor !== null) view.cursor = null;
    else if (view.execution !== null) view.execution = null;
    else if (view.from !== null) this.chooseRange(null);
    this.#changed();
  }

  #changed() {
    const address = hashOf(this.view) || location.pathname + location.search;
    history.replaceState(null, '', address);
    this.draw();
  }

  #ask() {
    const { range, from, to, stage } = this.view;
    this.#stream?.ask({ range, from, to, stage });
  }

  /** Requests an execution that the page does not have. */
  #look(id) {
    const isKnown = this.#data.executions.some((of) => of.id === id);
    if (id !== null && !isKnown) this.#fetch(id);
  }

  async #fetch(id) {
    const { view } = this;
    if (this.#stream === null) return;
    view.waiting = true;
    const found = await this.#stream.execution(id);
    view.waiting = false;
    if (found !== null && view.execution === id)
      view.fetched = executionFrom(found, this.#data.nameOf);
    this.draw();
  }

  /** Other data has other cells. */
  #keepCursor() {
    const { view } = this;
    const map = this.#data.maps[view.stage ?? this.#data.total];
    view.cursor =
      map?.cells.find(
        ({ column, row }) =>
          column === view.cursor.column && row === view.cursor.row,
      ) ?? null;
  }

  #applyTheme() {
    const { theme } = this.view;
    if (theme === 'dark' || theme === 'light')
      document.documentElement.dataset.theme = theme;
  }
}

module.exports = { App };
