'use strict';

const { createHash } = require('node:crypto');

const { perform } = require('./engine/effects');

const HOURS = 24;

/** How many of the crowd act in a turn, and how many of them at once. */
const CROWD = Object.freeze({ perTurn: 12, atOnce: 4 });

/**
 * Plays the game. In each turn the party acts one after the other, then a part
 * of the crowd in groups: the members of a group discover their actions
 * concurrently and act once all have chosen, so that a seed always gives the same
 * game whatever the interleaving.
 */
class TurnPlayer {
  #world;
  #pipeline;
  #bus;
  #random;
  #party;
  #crowd;
  #chronicle = createHash('sha256');

  constructor({ world, pipeline, bus, random }) {
    this.#world = world;
    this.#pipeline = pipeline;
    this.#bus = bus;
    this.#random = random;
    const players = world.entities().filter((e) => e.hasComponent('plays'));
    this.#party = players.filter((e) => e.hasComponent('party'));
    this.#crowd = players.filter((e) => !e.hasComponent('party'));
    this.tally = {
      turns: 0,
      pipelines: 0,
      offered: 0,
      performed: 0,
      failed: 0,
    };
  }

  get actors() {
    return this.#party.length + this.#crowd.length;
  }

  get pipelinesPerTurn() {
    return this.#party.length + Math.min(CROWD.perTurn, this.#crowd.length);
  }

  /** A digest of every text offered so far: equal games have equal chronicles. */
  get chronicle() {
    return this.#chronicle.copy().digest('hex').slice(0, 12);
  }

  /**
   * @param {number} turns
   * @param {(turn: number) => void | Promise<void>} [afterTurn]
   */
  async play(turns, afterTurn = () => {}) {
    for (let nth = 0; nth < turns; nth += 1) {
      const turn = this.tally.turns;
      await this.#bus.dispatch('engine:turn_started', { turn });
      for (const group of this.#groups(turn)) await this.#act(group, turn);
      this.tally.turns += 1;
      await afterTurn(this.tally.turns);
    }
  }

  /** Who acts in a turn: all of the party, and the crowd by rotation. */
  #groups(turn) {
    const crowd = this.#crowd;
    const perTurn = Math.min(CROWD.perTurn, crowd.length);
    const acting = Array.from(
      { length: perTurn },
      (_, nth) => crowd[(turn * perTurn + nth) % crowd.length],
    );
    const groups = this.#party.map((member) => [member]);
    while (acting.length > 0) groups.push(acting.splice(0, CROWD.atOnce));
    return groups;
  }

  /**
   * Discovers what one group of a turn could do, concurrently as in the game, and
   * changes nothing. Counting up `nth` goes through the groups of turn after turn.
   *
   * @returns {Promise<number>} how many pipelines ran
   */
  async rehearse(nth) {
    const groups = this.#groups(0).length;
    const turn = Math.floor(nth / groups);
    const group = this.#groups(turn)[nth % groups];
    await this.#discover(group, turn);
    return group.length;
  }

  #discover(group, turn) {
    return Promise.all(
      group.map((actor) =>
        this.#pipeline.execute({
          actor,
          actionContext: {
            place: this.#world.holderOf(actor),
            turn,
            hour: turn % HOURS,
          },
          candidateActions: this.#world.actions,
          trace: null,
        }),
      ),
    );
  }

  async #act(group, turn) {
    const results = await this.#discover(group, turn);
    for (const result of results) this.#count(result);
    const choices = results
      .map(({ actions }, nth) => this.#choose(group[nth], actions))
      .filter((choice) => choice !== undefined);
    for (const choice of choices) await this.#perform(choice);
  }

  #count({ success, actions }) {
    this.tally.pipelines += 1;
    this.tally.offered += actions.length;
    if (!success) this.tally.failed += 1;
    for (const { text } of actions) this.#chronicle.update(`${text}\n`);
  }

  /** First what to do, then to whom, so that many variants do not drown the rest. */
  #choose(actor, offers) {
    if (offers.length === 0) return undefined;
    const id = this.#random.pick([...new Set(offers.map((o) => o.id))]);
    const { text, params } = this.#random.pick(
      offers.filter((o) => o.id === id),
    );
    const roles = { actor };
    for (const [role, target] of Object.entries(params)) {
      roles[role] = this.#world.entity(target);
    }
    return { id, text, roles, holder: this.#holderOfItem(roles) };
  }

  async #perform({ id, text, roles, holder }) {
    // An earlier one of the group may have taken what this one was offered.
    if (this.#holderOfItem(roles) !== holder) return;
    const action = this.#world.actions.find((known) => known.id === id);
    perform(this.#world, action, roles);
    this.tally.performed += 1;
    await this.#bus.dispatch('engine:action_performed', {
      actorId: roles.actor.id,
      text,
    });
  }

  #holderOfItem({ item }) {
    return item && this.#world.holderOf(item);
  }
}

module.exports = { TurnPlayer };
