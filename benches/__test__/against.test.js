'use strict';

const path = require('node:path');
const { againstTable, compareWith, figuresOf } = require('../against');
const { parseOptions } = require('../options');
const { toText } = require('../table');

const ROOT = path.join(__dirname, '..', '..');
const EFFORT = { warmUp: 1, empty: { blockMs: 1, budgetMs: 1 } };

/** What a process finds whose pipelines cost `us`. */
const group = (us) => ({
  samples: [{ difference: us, deferred: 0, bare: 0 }],
  garbage: 0,
});

describe('two checkouts side by side', () => {
  it('takes the ratio round by round, so that what slows both leaves it alone', () => {
    const { ratio, here, there } = figuresOf({
      here: [2, 4, 20],
      there: [1, 2, 10],
    });
    expect(ratio).toEqual({ value: 2, low: 2, high: 2 });
    expect(here.value).toBe(4);
    expect(there.value).toBe(2);
  });

  it('asks both by turns, the processes of the other one with its own benches', async () => {
    const asked = [];
    const runTask = async (_task, _args, { root }) => {
      asked.push(root ?? 'here');
      return group(root === undefined ? 3 : 2);
    };
    const options = { names: ['wired'], effort: EFFORT, progress() {} };
    const found = await compareWith({ ...options, root: '/there', runTask });
    expect(asked.slice(0, 4)).toEqual(['/there', 'here', 'here', '/there']);
    expect(found[0].ratio.value).toBe(1.5);
    expect(toText(againstTable(found))).toContain('1.50 ×');
  });

  it('leaves out a candidate that the other one does not have, and no other failure', async () => {
    const failing = (message) => async () => {
      throw new Error(message);
    };
    const options = {
      root: '/there',
      names: ['wired'],
      effort: EFFORT,
      progress() {},
    };
    const unknown = failing('--candidate must be one of basic; got wired');
    expect(await compareWith({ ...options, runTask: unknown })).toEqual([]);
    await expect(
      compareWith({ ...options, runTask: failing('it broke') }),
    ).rejects.toThrow('it broke');
  });

  it('refuses a folder that is no checkout, naming the option and the value', () => {
    expect(() => parseOptions(['--against', '/nowhere'])).toThrow(
      /--against .* got \/nowhere/,
    );
    expect(parseOptions(['--against', ROOT, '--check']).against).toBe(ROOT);
  });
});
