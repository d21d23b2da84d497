'use strict';

const {
  shortened,
  visible,
  visibleJson,
  visibleLine,
  visibleName,
} = require('../../js/visible-text');

const between = (from, to) =>
  Array.from({ length: to - from + 1 }, (_, i) =>
    String.fromCodePoint(from + i),
  );

/** Every character that a screen does not show, or that moves others on it. */
const HIDDEN = [
  ...between(0x00, 0x1f),
  ...between(0x7f, 0x9f),
  '\u00ad',
  '\u061c',
  ...between(0x200b, 0x200f),
  ...between(0x2028, 0x202e),
  ...between(0x2060, 0x2064),
  ...between(0x2066, 0x2069),
  '\ufeff',
  '\ud800',
  '\udfff',
  '\u{e0041}',
];

describe('text from elsewhere', () => {
  it('has every hidden character escaped, and says which it was', () => {
    for (const character of HIDDEN) {
      const shown = visible(`a${character}b`);
      expect(shown).toMatch(/^a\\([nrt]|u[0-9a-f]{4}|u\{[0-9a-f]{5}\})b$/);
    }
    expect(visible('\u001b[31m\u202e')).toBe('\\u001b[31m\\u202e');
    expect(visible('two\nlines')).toBe('two\\nlines');
  });

  it('that is visible stays as it is', () => {
    const text = 'größe, 語, émoji 🙂, e\u0301, C:\\temp "a" <b> `c`';
    expect(visible(text)).toBe(text);
    expect(visibleLine(text)).toBe(text);
    expect(visibleJson(JSON.stringify(text))).toBe(JSON.stringify(text));
  });

  it('on a line of a page has one space for line ends and blanks', () => {
    expect(visibleLine('a | b\r\n\t# c')).toBe('a | b # c');
    expect(visibleLine('a\u2028b\u0085c')).toBe('a\\u2028b\\u0085c');
  });

  it('in JSON is shown escaped and read back as it was', () => {
    const value = { [HIDDEN.join('')]: HIDDEN, list: ['a', { b: 1 }] };
    const text = visibleJson(JSON.stringify(value, null, 2));
    expect(text.replaceAll('\n', '')).toBe(visible(text.replaceAll('\n', '')));
    expect(JSON.parse(text)).toEqual(value);
  });

  it('of any length is a name of at most 80 characters, with both its ends', () => {
    const name = visibleName(`start${'x'.repeat(100_000)}end`);
    expect(name).toHaveLength(80);
    expect(name).toMatch(/^startx+…x+end$/);
    expect(visibleName('x'.repeat(80))).toBe('x'.repeat(80));
  });

  it('is never cut within a character', () => {
    for (let most = 3; most < 12; most += 1)
      expect(shortened('🙂'.repeat(20), most).isWellFormed()).toBe(true);
  });
});
