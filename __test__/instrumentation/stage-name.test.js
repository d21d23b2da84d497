'use strict';

const { canonicalStageName } = require('../../js/instrumentation/stage-name');
const { traps } = require('../fixtures/throwing');

const hostileProxy = traps('get', 'getPrototypeOf');

describe('canonicalStageName of a string', () => {
  it.each([
    ['ComponentFilteringStage', 'component_filtering'],
    ['ComponentFiltering', 'component_filtering'],
    ['component_filtering', 'component_filtering'],
    ['MultiTargetResolution', 'multi_target_resolution'],
    ['componentFiltering', 'component_filtering'],
    ['HTTPFetchStage', 'http_fetch'],
    ['FetchHTTP', 'fetch_http'],
    ['parseV2Data', 'parse_v2_data'],
    ['component filtering', 'component_filtering'],
    ['component-filtering', 'component_filtering'],
    ['core.ComponentFiltering', 'core_component_filtering'],
    ['ÄpfelÖlStage', 'äpfel_öl'],
    ['Component_Filtering_Stage', 'component_filtering'],
  ])('writes %s as %s', (given, expected) => {
    expect(canonicalStageName(given)).toBe(expected);
  });

  it('drops the suffix Stage only from a longer name', () => {
    expect(canonicalStageName('Stage')).toBe('stage');
    expect(canonicalStageName('StageManager')).toBe('stage_manager');
  });

  it('keeps a name that is snake_case already, its ending _stage included', () => {
    expect(canonicalStageName('slow_stage')).toBe('slow_stage');
    expect(canonicalStageName('__proto__')).toBe('__proto__');
    expect(canonicalStageName('constructor')).toBe('constructor');
  });

  it('keeps what has nothing to convert', () => {
    expect(canonicalStageName('')).toBe('');
    expect(canonicalStageName('!')).toBe('!');
    expect(canonicalStageName('--')).toBe('--');
  });

  it('keeps a name longer than any class has', () => {
    const long = 'LongName'.repeat(40);
    expect(canonicalStageName(long)).toBe(long);
  });

  it('gives a canonical name back unchanged, whatever it was made from', () => {
    let seed = 7;
    const next = (below) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return seed % below;
    };
    const parts = [
      'Stage',
      'HTTP',
      'a',
      'Z',
      '_',
      '-',
      ' ',
      '9',
      'é',
      'Ж',
      'name',
      '!',
    ];
    for (let i = 0; i < 2000; i++) {
      let name = '';
      for (let n = next(7); n > 0; n--) name += parts[next(parts.length)];
      const canonical = canonicalStageName(name);
      expect([name, canonicalStageName(canonical)]).toEqual([name, canonical]);
    }
  });

  it('answers alike when more names have passed than it remembers', () => {
    for (let i = 0; i < 3000; i++) canonicalStageName(`MadeUp${i}Stage`);
    expect(canonicalStageName('MadeUp1Stage')).toBe('made_up1');
    expect(canonicalStageName('ComponentFilteringStage')).toBe(
      'component_filtering',
    );
  });
});

describe('canonicalStageName of a stage', () => {
  class ComponentFilteringStage {}

  it('prefers stageName to name, and name to the name of the class', () => {
    const stage = new ComponentFilteringStage();
    expect(canonicalStageName(stage)).toBe('component_filtering');
    stage.name = 'PrerequisiteEvaluation';
    expect(canonicalStageName(stage)).toBe('prerequisite_evaluation');
    stage.stageName = 'action_formatting';
    expect(canonicalStageName(stage)).toBe('action_formatting');
  });

  it('passes over names that are empty or no strings', () => {
    const stage = Object.assign(new ComponentFilteringStage(), {
      stageName: '',
      name: 7,
    });
    expect(canonicalStageName(stage)).toBe('component_filtering');
  });

  it('reads the name anew each time', () => {
    const stage = { name: 'First' };
    expect(canonicalStageName(stage)).toBe('first');
    stage.name = 'Second';
    expect(canonicalStageName(stage)).toBe('second');
  });

  it('takes the name of a class or function itself', () => {
    expect(canonicalStageName(ComponentFilteringStage)).toBe(
      'component_filtering',
    );
    expect(canonicalStageName(function formatActions() {})).toBe(
      'format_actions',
    );
  });

  it('calls an anonymous subclass by its nearest named ancestor', () => {
    const wrap = (Base) => class extends Base {};
    const Wrapped = wrap(wrap(ComponentFilteringStage));
    expect(canonicalStageName(new Wrapped())).toBe('component_filtering');
  });

  it.each([
    ['a literal', {}],
    ['an instance of a class without a name', new (class {})()],
    ['an object without a prototype', Object.create(null)],
    ['null', null],
    ['undefined', undefined],
    ['a number', 5],
    ['a symbol', Symbol('x')],
    ['an arrow without a name', (() => () => {})()],
    ['a Proxy that throws', hostileProxy],
  ])('calls %s anonymous', (_, stage) => {
    expect(canonicalStageName(stage)).toBe('anonymous');
  });

  it('passes over a getter that throws', () => {
    class Throwing {
      get stageName() {
        throw new Error('no');
      }

      get name() {
        throw new Error('no');
      }
    }
    expect(canonicalStageName(new Throwing())).toBe('throwing');
  });

  it('ends on a Proxy that is its own ancestor', () => {
    const constructor = new Proxy(function () {}, {
      get: () => '',
      getPrototypeOf: () => constructor,
    });
    expect(canonicalStageName({ constructor })).toBe('anonymous');
  });
});
