'use strict';

const { columnsOf, cut, left, right } = require('../../js/texts/columns');
const { textTable } = require('../../js/texts/number-formats');

describe('columns of a terminal', () => {
  it.each([
    ['parse', 5],
    ['', 0],
    ['解析', 4],
    ['ステージ', 8],
    ['ﾊﾝｶｸ', 4],
    ['단계', 4],
    ['🚀 start', 8],
    ['👍🏽', 2],
    ['🇩🇪', 2],
    ['❤️', 2],
    ['cafe\u0301', 4],
    ['▁▂█', 3],
    ['1.5 µs × 2', 10],
    ['a\u00adb', 3],
  ])('%j takes %i', (text, columns) => {
    expect(columnsOf(text)).toBe(columns);
  });

  it('are cut between characters, with an ellipsis within the width', () => {
    expect(cut('component_filtering', 10)).toBe('component…');
    expect(cut('解析解析', 5)).toBe('解析…');
    expect(cut('解析解析', 6)).toBe('解析…');
    expect(cut('🚀🚀🚀', 4)).toBe('🚀…');
    expect(cut('🚀🚀', 4)).toBe('🚀🚀');
  });

  it('are filled at the other side', () => {
    expect(left('解', 4)).toBe('解  ');
    expect(right('解', 4)).toBe('  解');
    expect(left('too long', 4)).toBe('too…');
  });

  it('line up in a table whatever its names are made of', () => {
    const lines = textTable(
      ['stage', 'runs'],
      [
        ['parse', '1'],
        ['解析ステージ', '20'],
        ['🚀', '300'],
      ],
    );
    expect(new Set(lines.map(columnsOf)).size).toBe(1);
  });

  it.each(['שלב', 'مرحلة', '𐤀𐤁', 'load_שלב'])(
    'beside %s, which is read from right to left, stay in their order',
    (name) => {
      const [head, row] = textTable(
        ['stage', 'runs', 'latest'],
        [[name, '20', name]],
      );
      const isolated = `\u2068${name}\u2069`;
      expect(row.split(/ +/)).toEqual([isolated, '20', isolated]);
      const shown = row.replace(/[\u2068\u2069]/g, '');
      expect(columnsOf(shown)).toBe(columnsOf(head));
    },
  );
});
