import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Edit, Piece } from '../../core/model/edit.js';
import { renderEdits } from '../../core/model/render-edits.js';
import type { Range } from '../../core/model/text.js';

const everything = (): boolean => true;

function text(value: string): Piece {
  return { kind: 'text', text: value };
}

function keep(
  range: Range,
  indent: Partial<{ from: string; to: string; frozen: readonly Range[] }> = {},
): Piece {
  return {
    kind: 'keep',
    range,
    fromIndent: indent.from ?? '',
    toIndent: indent.to ?? '',
    frozen: indent.frozen ?? [],
  };
}

let count = 0;

function edit(range: Range, pieces: readonly Piece[], more: Partial<Edit> = {}): Edit {
  count += 1;
  return {
    id: `a.js#e${String(count).padStart(5, '0')}`,
    group: 'g',
    change: 'c',
    transform: 't',
    file: 'a.js',
    range,
    pieces,
    ...more,
  };
}

/** The range of a part that occurs once in a source. */
function of(source: string, part: string): Range {
  const start = source.indexOf(part);
  if (start === -1 || source.indexOf(part, start + 1) !== -1) throw new Error(`${part} does not occur once`);
  return { start, end: start + part.length };
}

function at(offset: number): Range {
  return { start: offset, end: offset };
}

describe('disjoint edits', () => {
  const source = 'one two three';

  it('change what they cover and nothing else', () => {
    const edits = [edit(of(source, 'three'), [text('3')]), edit(of(source, 'one'), [text('1')])];
    expect(renderEdits(source, edits, everything)).toBe('1 two 3');
  });

  it('may touch', () => {
    const edits = [edit({ start: 0, end: 3 }, [text('1')]), edit({ start: 3, end: 4 }, [text('-')])];
    expect(renderEdits(source, edits, everything)).toBe('1-two three');
  });

  it('insert at one place in the order of their ids, whatever order they come in', () => {
    const first = edit(at(3), [text('A')], { id: 'a.js#e1' });
    const second = edit(at(3), [text('B')], { id: 'a.js#e2' });
    expect(renderEdits(source, [second, first], everything)).toBe('oneAB two three');
  });

  it('delete with no pieces at all', () => {
    expect(renderEdits(source, [edit(of(source, ' two'), [])], everything)).toBe('one three');
  });

  it('leave the source alone when there is none', () => {
    expect(renderEdits('\uFEFFa\r\n\tb', [], everything)).toBe('\uFEFFa\r\n\tb');
  });
});

describe('accepted groups', () => {
  const source = 'call(a, function () { body(x); })';
  const outer = edit(of(source, source), [text('await '), keep(of(source, 'body(x);'))], { group: 'outer' });
  const inner = edit(of(source, 'x'), [text('y')], { group: 'inner' });

  it('are rendered together when both are accepted', () => {
    expect(renderEdits(source, [outer, inner], everything)).toBe('await body(y);');
  });

  it('leave a nested edit out', () => {
    expect(renderEdits(source, [outer, inner], (group) => group === 'outer')).toBe('await body(x);');
  });

  it('leave the outer edit out', () => {
    expect(renderEdits(source, [outer, inner], (group) => group === 'inner')).toBe(
      'call(a, function () { body(y); })',
    );
  });

  it('leave everything out', () => {
    expect(renderEdits(source, [outer, inner], () => false)).toBe(source);
  });
});

describe('nested kept pieces', () => {
  const source = 'a(b(c(d)))';

  it('are rendered from the inside out, at any depth', () => {
    const edits = [
      edit(of(source, source), [text('A '), keep(of(source, 'b(c(d))'))]),
      edit(of(source, 'b(c(d))'), [text('B '), keep(of(source, 'c(d)'))]),
      edit(of(source, 'c(d)'), [text('C '), keep(of(source, 'd'))]),
      edit(of(source, 'd'), [text('D')]),
    ];
    expect(renderEdits(source, edits, everything)).toBe('A B C D');
    expect(renderEdits(source, [...edits].reverse(), everything)).toBe('A B C D');
  });

  it('may change places', () => {
    const swapped = 'left, right';
    const edits = [
      edit(of(swapped, swapped), [keep(of(swapped, 'right')), text(', '), keep(of(swapped, 'left'))]),
      edit(of(swapped, 'left'), [text('L')]),
      edit(of(swapped, 'right'), [text('R')]),
    ];
    expect(renderEdits(swapped, edits, everything)).toBe('R, L');
  });

  it('take an insertion at either end of a kept piece', () => {
    const whole = 'f(x)';
    const edits = [
      edit(of(whole, whole), [text('<'), keep(of(whole, 'x')), text('>')]),
      edit(at(2), [text('1')]),
      edit(at(3), [text('2')]),
    ];
    expect(renderEdits(whole, edits, everything)).toBe('<1x2>');
  });

  it('hold several edits side by side', () => {
    const whole = 'f(one, two, three)';
    const edits = [
      edit(of(whole, whole), [text('g('), keep(of(whole, 'one, two, three')), text(')')]),
      edit(of(whole, 'one'), [text('1')]),
      edit(of(whole, ', two'), []),
      edit(of(whole, 'three'), [text('3')]),
    ];
    expect(renderEdits(whole, edits, everything)).toBe('g(1, 3)');
  });
});

describe('kept pieces from elsewhere', () => {
  const source = 'go(name); function name() { work(); }';

  it('move with the edits that are in them', () => {
    const edits = [
      edit(of(source, 'go(name);'), [keep(of(source, 'work();'))]),
      edit(of(source, ' function name() { work(); }'), []),
      edit(of(source, 'work'), [text('play')]),
    ];
    expect(renderEdits(source, edits, everything)).toBe('play();');
  });

  it('may stay where they are, too', () => {
    const edits = [edit(of(source, 'go(name);'), [keep(of(source, 'work();'))])];
    expect(renderEdits(source, edits, everything)).toBe('work(); function name() { work(); }');
  });
});

describe('internal errors', () => {
  const source = 'one two three';

  it('two edits that overlap throw', () => {
    const edits = [edit({ start: 0, end: 5 }, [text('1')]), edit({ start: 4, end: 7 }, [text('2')])];
    expect(() => renderEdits(source, edits, everything)).toThrow(/overlap at a\.js:4-7/);
  });

  it('an overlap of a group that is not accepted does not', () => {
    const edits = [
      edit({ start: 0, end: 5 }, [text('1')]),
      edit({ start: 4, end: 7 }, [text('2')], { group: 'other' }),
    ];
    expect(renderEdits(source, edits, (group) => group === 'g')).toBe('1wo three');
  });

  it('an edit in a part that another one removes throws', () => {
    const edits = [edit(of(source, 'two three'), [text('2')]), edit(of(source, 'three'), [text('3')])];
    expect(() => renderEdits(source, edits, everything)).toThrow(/removes/);
  });

  it('an insertion where a part begins that another edit replaces lies in that part', () => {
    const edits = [edit(of(source, 'two'), [text('2')]), edit(at(4), [text('<')])];
    expect(() => renderEdits(source, edits, everything)).toThrow(/removes/);
  });

  it('an edit that reaches out of a kept piece throws', () => {
    const edits = [
      edit(of(source, source), [keep(of(source, 'one')), text('!')]),
      edit({ start: 2, end: 6 }, [text('-')]),
    ];
    expect(() => renderEdits(source, edits, everything)).toThrow(/removes/);
  });

  it('an edit beyond the end of the source throws', () => {
    expect(() => renderEdits('ab', [edit({ start: 1, end: 9 }, [])], everything)).toThrow(/overlap/);
  });
});

describe('indentation of a kept piece', () => {
  it('changes on the lines behind its first', () => {
    const source = 'f(() => {\n    a();\n    if (b) {\n      c();\n    }\n});';
    const body = of(source, 'a();\n    if (b) {\n      c();\n    }');
    const edits = [edit(of(source, source), [keep(body, { from: '    ', to: '  ' })])];
    expect(renderEdits(source, edits, everything)).toBe('a();\n  if (b) {\n    c();\n  }');
  });

  it('grows as well', () => {
    const source = 'a();\nb();';
    const edits = [
      edit(of(source, source), [
        text('try {\n  '),
        keep(of(source, source), { from: '', to: '  ' }),
        text('\n}'),
      ]),
    ];
    expect(renderEdits(source, edits, everything)).toBe('try {\n  a();\n  b();\n}');
  });

  it('keeps tabs as tabs', () => {
    const source = '\t\ta();\n\t\tb({\n\t\t\tc: 1,\n\t\t});';
    const edits = [edit(of(source, source), [keep(of(source, source), { from: '\t\t', to: '\t' })])];
    expect(renderEdits(source, edits, everything)).toBe('\t\ta();\n\tb({\n\t\tc: 1,\n\t});');
  });

  it('leaves windows line ends as they are', () => {
    const source = 'a();\r\n    b();\r\n    c();\r\n';
    const edits = [edit(of(source, source), [keep(of(source, source), { from: '    ', to: '  ' })])];
    expect(renderEdits(source, edits, everything)).toBe('a();\r\n  b();\r\n  c();\r\n');
  });

  it('puts nothing on blank lines', () => {
    const source = 'a();\n\nb();\n\r\nc();';
    const edits = [edit(of(source, source), [keep(of(source, source), { from: '', to: '    ' })])];
    expect(renderEdits(source, edits, everything)).toBe('a();\n\n    b();\n\r\n    c();');
  });

  it('leaves a line alone that is indented less and otherwise', () => {
    const source = 'a();\n\t\tb();\n    c();';
    const edits = [edit(of(source, source), [keep(of(source, source), { from: '    ', to: '  ' })])];
    expect(renderEdits(source, edits, everything)).toBe('a();\n\t\tb();\n  c();');
  });

  it('moves a line that stands further out by as much as there is', () => {
    const source = 'a(\n  b\n    );';
    const edits = [edit(of(source, source), [keep(of(source, source), { from: '    ', to: '  ' })])];
    expect(renderEdits(source, edits, everything)).toBe('a(\nb\n  );');
  });

  it('adds up where kept pieces are nested', () => {
    const source = 'f(() => {\n    g(() => {\n        h();\n        i();\n    });\n});';
    const inner = of(source, 'h();\n        i();');
    const middle = of(source, 'g(() => {\n        h();\n        i();\n    });');
    const edits = [
      edit(of(source, source), [keep(middle, { from: '    ', to: '' })]),
      edit(middle, [text('// g\n    '), keep(inner, { from: '        ', to: '    ' })]),
    ];
    expect(renderEdits(source, edits, everything)).toBe('// g\nh();\ni();');
  });

  it('moves the lines of a nested edit along', () => {
    const source = 'f(() => {\n    one();\n    two();\n});';
    const body = of(source, 'one();\n    two();');
    const edits = [
      edit(of(source, source), [keep(body, { from: '    ', to: '' })]),
      edit(of(source, 'two();'), [text('try {\n        two();\n    } finally {}')]),
    ];
    expect(renderEdits(source, edits, everything)).toBe('one();\ntry {\n    two();\n} finally {}');
  });
});

describe('frozen ranges', () => {
  const source = 'f(() => {\n    q(`\n    SELECT\n      1\n    `);\n    r();\n});';
  const body = of(source, 'q(`\n    SELECT\n      1\n    `);\n    r();');
  const literal = of(source, '`\n    SELECT\n      1\n    `');

  it('keep the lines inside a template literal', () => {
    const edits = [edit(of(source, source), [keep(body, { from: '    ', to: '', frozen: [literal] })])];
    expect(renderEdits(source, edits, everything)).toBe('q(`\n    SELECT\n      1\n    `);\nr();');
  });

  it('keep them at every depth of nested pieces', () => {
    const frozen = [literal];
    const edits = [
      edit(of(source, source), [keep(body, { from: '    ', to: '', frozen })]),
      edit(of(source, 'q(`\n    SELECT\n      1\n    `);'), [
        text('await '),
        keep(of(source, 'q(`\n    SELECT\n      1\n    `);'), { from: '    ', to: '    ', frozen }),
      ]),
    ];
    expect(renderEdits(source, edits, everything)).toBe('await q(`\n    SELECT\n      1\n    `);\nr();');
  });

  it('do not hold back the line that begins behind them', () => {
    const short = '  a(`x`\n    , b);';
    const edits = [
      edit(of(short, short), [keep(of(short, short), { from: '  ', to: '', frozen: [of(short, '`x`')] })]),
    ];
    expect(renderEdits(short, edits, everything)).toBe('  a(`x`\n  , b);');
  });
});

describe('any text', () => {
  const piece = fc.stringMatching(/^[a-z \t\r\n]{0,12}$/);

  it('comes out byte for byte outside the edits', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(piece, piece), { maxLength: 8 }), (parts) => {
        const source = parts.map(([kept, changed]) => `${kept}<${changed}>`).join('');
        let offset = 0;
        const edits = parts.map(([kept, changed]) => {
          const start = offset + kept.length;
          offset = start + changed.length + 2;
          return edit({ start, end: offset }, [text('!')]);
        });
        expect(renderEdits(source, [...edits].reverse(), everything)).toBe(
          parts.map(([kept]) => `${kept}!`).join(''),
        );
      }),
    );
  });

  it('that is kept whole, to the same indentation, stays', () => {
    fc.assert(
      fc.property(piece, fc.constantFrom('', '  ', '\t'), (source, indent) => {
        const range = { start: 0, end: source.length };
        fc.pre(source !== '');
        const edits = [edit(range, [keep(range, { from: indent, to: indent })])];
        expect(renderEdits(source, edits, everything)).toBe(source);
      }),
    );
  });
});

describe('a list', () => {
  const source = "import { old } from 'm';\nrest;\n";
  const list: Piece = {
    kind: 'list',
    opening: '',
    separator: '\n',
    closing: '\n',
    entries: [
      {
        needs: null,
        goes: null,
        content: {
          kind: 'list',
          opening: 'import { ',
          separator: ', ',
          closing: " } from 'm';",
          entries: [{ needs: null, goes: ['a', 'b'], content: 'old' }],
        },
      },
      { needs: ['a', 'c'], goes: null, content: "import { more } from 'n';" },
    ],
  };
  const edits = [edit(of(source, "import { old } from 'm';\n"), [list])];
  const withGroups = (...groups: string[]): string =>
    renderEdits(source, edits, (group) => group === 'g' || groups.includes(group));

  it('keeps what no group takes away', () => {
    expect(withGroups()).toBe(source);
    expect(withGroups('b')).toBe(source);
  });

  it('has what one of its groups needs', () => {
    expect(withGroups('c')).toBe("import { old } from 'm';\nimport { more } from 'n';\nrest;\n");
  });

  it('loses what all of its groups together take away, and its line with it', () => {
    expect(withGroups('a', 'b')).toBe("import { more } from 'n';\nrest;\n");
  });

  it('is nothing where no entry stands', () => {
    const gone: Piece = { ...list, entries: list.kind === 'list' ? list.entries.slice(0, 1) : [] };
    const only = [edit(of(source, "import { old } from 'm';\n"), [gone])];
    expect(renderEdits(source, only, () => true)).toBe('rest;\n');
  });
});
