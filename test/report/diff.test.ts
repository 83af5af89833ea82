import { applyPatch } from 'diff';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffHunks, diffHunksToShow, type Hunk } from '../../report/diff.js';
import { renderFilePatch } from '../../report/patch.js';
import { markWords } from '../../report/words.js';

const letters = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}`);
const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');
const spans = (hunks: readonly Hunk[]) =>
  hunks.map(({ oldStart, oldLines, newStart, newLines }) => [oldStart, oldLines, newStart, newLines]);

describe('hunks', () => {
  test('equal texts have none', () => {
    expect(diffHunks('a\n', 'a\n')).toEqual([]);
    expect(diffHunks(null, null)).toEqual([]);
  });

  test('a change stands between three lines of context', () => {
    const after = letters(20).with(9, 'changed');
    expect(spans(diffHunks(text(letters(20)), text(after)))).toEqual([[7, 7, 7, 7]]);
  });

  test('a patch joins changes that share context, the shown hunks stay apart', () => {
    const after = letters(30).with(9, 'x').with(15, 'y');
    expect(spans(diffHunks(text(letters(30)), text(after)))).toEqual([[7, 13, 7, 13]]);
    expect(spans(diffHunksToShow(text(letters(30)), text(after)))).toEqual([
      [7, 7, 7, 7],
      [14, 6, 14, 6],
    ]);
  });

  test('new and deleted files start at line zero of the side that is not there', () => {
    expect(spans(diffHunks(null, 'a\nb\n'))).toEqual([[0, 0, 1, 2]]);
    expect(spans(diffHunks('a\n', null))).toEqual([[1, 1, 0, 0]]);
  });

  test('a missing line feed at the end is a change of the last line', () => {
    const [hunk] = diffHunks('a\nb', 'a\nb\n');
    expect(hunk?.lines.map(({ kind, endsFile }) => [kind, endsFile])).toEqual([
      ['context', false],
      ['removed', true],
      ['added', false],
    ]);
  });

  test('any patch turns the old text into the new one', () => {
    const line = fc.constantFrom('a', 'b', '}', '', 'c\r', '  d');
    const file = fc.tuple(fc.array(line, { maxLength: 40 }), fc.boolean()).map(([lines, ends]) => {
      return lines.join('\n') + (ends && lines.length > 0 ? '\n' : '');
    });
    fc.assert(
      fc.property(file, file, (before, applied) => {
        fc.pre(before !== applied);
        const patch = renderFilePatch({ file: 'f', before, applied, shown: applied });
        expect(applyPatch(before, patch, { autoConvertLineEndings: false })).toBe(applied);
      }),
      { numRuns: 500 },
    );
  });
});

describe('speed', () => {
  const rows = Array.from({ length: 6_000 }, (_, index) => `  const value${index} = load(${index});`);
  const seconds = (before: readonly string[], after: readonly string[]) => {
    const start = performance.now();
    for (const hunk of diffHunksToShow(text(before), text(after))) markWords(hunk);
    return (performance.now() - start) / 1000;
  };

  test('a file of 180 KB with every line changed takes no seconds', () => {
    expect(
      seconds(
        rows,
        rows.map((row) => row.replace('load', 'await load')),
      ),
    ).toBeLessThan(2);
  });

  test('nor does one whose lines repeat', () => {
    const before = rows.flatMap((row, index) => [row, index % 2 === 0 ? '}' : '', '  return;']);
    const after = before
      .map((row) => row.replace('load', 'await load'))
      .filter((_, index) => index % 7 !== 0);
    expect(seconds(before, after)).toBeLessThan(2);
  });
});

describe('words', () => {
  const shown = (before: string, after: string) => {
    const [hunk] = diffHunksToShow(before, after);
    return hunk === undefined ? [] : markWords(hunk);
  };

  test('only the words that differ are marked', () => {
    const marked = shown('const a = load(b);\n', 'const a = await load(b);\n');
    expect(
      marked.map(({ segments }) => segments.filter(({ changed }) => changed).map((part) => part.text.trim())),
    ).toEqual([[], ['await']]);
  });

  test('a line that only moved says so', () => {
    const marked = shown('if x\n    reply rows\n', 'unless y\n  reply rows\n');
    expect(marked.filter(({ onlyMoved }) => onlyMoved).map(({ line }) => line.text.trim())).toEqual([
      'reply rows',
      'reply rows',
    ]);
  });

  test('segments are the line', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.string({ maxLength: 60 }), (before, after) => {
        for (const { line, segments } of shown(before, after)) {
          expect(segments.map((part) => part.text).join('')).toBe(line.text);
        }
      }),
    );
  });
});
