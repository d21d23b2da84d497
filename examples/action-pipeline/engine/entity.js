'use strict';

/** A creature, a thing or a place: an id and components, each a plain object. */
class Entity {
  #components;

  constructor(id, components) {
    this.id = id;
    this.#components = components;
  }

  /** Live, for rules to read: change it through the methods below. */
  get components() {
    return this.#components;
  }

  get label() {
    return this.#components.name.text;
  }

  hasComponent(name) {
    return Object.hasOwn(this.#components, name);
  }

  getComponentData(name) {
    return this.#components[name];
  }

  addComponent(name, data = {}) {
    this.#components[name] = data;
  }

  removeComponent(name) {
    delete this.#components[name];
  }

  /** @returns {boolean} all of `required` and none of `forbidden` */
  matches(required = [], forbidden = []) {
    return (
      required.every((name) => this.hasComponent(name)) &&
      !forbidden.some((name) => this.hasComponent(name))
    );
  }
}

module.exports = { Entity };
