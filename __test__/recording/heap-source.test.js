'use strict';

const { chooseHeapSource } = require('../../js/recording/heap-source');

/** Sources of these costs in µs, on a clock that only their readings move. */
function world(...costs) {
  let time = 0;
  const sources = costs.map((cost, place) => ({
    name: `source ${place}`,
    reads: 0,
    read() {
      this.reads += 1;
      time += cost;
      return 1000 + place;
    },
  }));
  return {
    sources: sources.map((source, place) => ({
      name: source.name,
      mostUs: place === 0 ? 20 : 5,
      read: () => source.read(),
    })),
    reads: () => sources.map(({ reads }) => reads),
    now: () => time,
  };
}

describe('the source of heap readings', () => {
  it('is the first where that is cheap, and no other is tried', () => {
    const given = world(1, 1);
    const source = chooseHeapSource(given);
    expect(source).toMatchObject({
      name: 'source 0',
      costUs: 1,
      notice: null,
    });
    expect(source.read()).toBe(1000);
    expect(given.reads()[1]).toBe(0);
  });

  it('is cheap enough at 20 µs a reading', () => {
    expect(chooseHeapSource(world(20)).name).toBe('source 0');
  });

  it('is the next where the first takes longer, and says so', () => {
    const source = chooseHeapSource(world(627, 4));
    expect(source).toMatchObject({ name: 'source 1', costUs: 4 });
    expect(source.notice).toBe(
      'The heap is read from source 1: a reading of source 0 takes 627 µs, and 20 are allowed',
    );
  });

  it('is none where every one takes longer, and says so', () => {
    const source = chooseHeapSource(world(627, 6));
    expect(source).toMatchObject({ name: null, read: null, costUs: 6 });
    expect(source.notice).toMatch(
      /not read in this runtime: .*627 µs.*6 µs.*memorySampler/,
    );
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('not implemented');
      },
    ],
    ['gives no number', () => undefined],
    ['gives no size', () => NaN],
  ])('is not one that %s', (what, read) => {
    const { sources, now } = world(3);
    const source = chooseHeapSource({
      sources: [{ name: 'broken', mostUs: 20, read }, ...sources],
      now,
    });
    expect(source.name).toBe('source 0');
    expect(source.notice).toContain('broken gives no size');
  });

  it('is tried three times where a reading takes a millisecond', () => {
    const given = world(1000, 1);
    chooseHeapSource(given);
    expect(given.reads()[0]).toBe(3);
  });

  it.each([
    ['the first reading is slow', [5000]],
    ['the first three are slow, as their code is cold', [60, 45, 30]],
    ['the core was taken away in each of the first', [4000, 900, 30]],
    ['others have the core half of the time', [30, 2000, 25, 2000, 22, 2000]],
  ])('is not judged by a slow start: %s', (what, first) => {
    let time = 0;
    let reads = 0;
    const read = () => {
      time += first[reads] ?? 1;
      reads += 1;
      return 1;
    };
    const { name } = chooseHeapSource({
      sources: [{ name: 'cold', mostUs: 20, read }],
      now: () => time,
    });
    expect(name).toBe('cold');
  });
});
