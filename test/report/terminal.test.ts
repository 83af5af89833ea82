import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { MigrationResult } from '../../core/model/report.js';
import { displayWidth } from '../../report/layout.js';
import { renderTerminal } from '../../report/terminal.js';
import { emptyResult, resultOf, toyResult } from './toy.js';

const plain = { color: false } as const;

describe('the toy project', () => {
  test('reads well', async () => {
    await expect(renderTerminal(toyResult, { ...plain, seconds: 3.14 })).toMatchFileSnapshot(
      'snapshots/terminal.txt',
    );
  });

  test('verbose adds chains and skipped seeds', async () => {
    const text = renderTerminal(toyResult, { ...plain, detail: 'verbose' });
    await expect(text).toMatchFileSnapshot('snapshots/terminal-verbose.txt');
  });

  test('a narrow terminal gets one line number', async () => {
    await expect(renderTerminal(toyResult, { ...plain, columns: 40 })).toMatchFileSnapshot(
      'snapshots/terminal-40.txt',
    );
  });

  test('quiet is the summary', () => {
    expect(renderTerminal(toyResult, { ...plain, detail: 'quiet', seconds: 0.05 })).toBe(
      '+1 with --max-risk review · +2 with --max-risk unsafe\n' +
        '1 safe · 1 review · 1 unsafe · 2 blocked · 0 new type errors · 3 of 480 files · 0.1 s\n',
    );
  });

  test('colors change nothing but colors', () => {
    const colored = renderTerminal(toyResult, { color: true });
    expect(colored).toContain('\u001b[32m');
    expect(stripVTControlCharacters(colored)).toBe(renderTerminal(toyResult, plain));
  });

  test('a changed word is inverse, the rest of the line is not', () => {
    const colored = renderTerminal(
      resultOf({ file: 'a', before: 'x = load(y)\n', applied: null, shown: 'x = await load(y)\n' }),
      { color: true },
    );
    expect(colored).toContain('\u001b[7m\u001b[32mawait\u001b[39m\u001b[27m');
  });
});

test('every hunk is shown once, and the higher policy marks nothing', () => {
  const { report, texts } = toyResult;
  const all: MigrationResult = {
    report: { ...report, policy: { ...report.policy, maxRisk: 'review' } },
    texts: texts.map((text) => ({ ...text, applied: text.shown })),
  };
  const text = renderTerminal(all, plain);
  expect(text).not.toContain('not applied');
  expect(text.match(/\+ {3}rows = await ask/g)).toHaveLength(2);
});

test('nothing to do says so', () => {
  expect(renderTerminal(emptyResult, plain)).toBe(
    'sync-to-async 0.0.0 · application (it has a start script)\n\n' +
      'No call with an async form in 3 files.\n\n' +
      '0 safe · 0 review · 0 unsafe · 0 blocked · 0 new type errors · 0 of 3 files\n',
  );
});

test.each([1, 12, 20, 33, 60, 79, 200])('no line but the summary is wider than %i columns', (columns) => {
  const lines = renderTerminal(toyResult, { ...plain, columns, detail: 'verbose' })
    .trimEnd()
    .split('\n')
    .slice(0, -2);
  expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(Math.max(20, columns));
});

test('wide characters count twice', () => {
  const wide = `log "${'日本語'.repeat(20)}"\n`;
  const text = renderTerminal(resultOf({ file: 'a', before: '', applied: wide, shown: wide }), {
    ...plain,
    columns: 40,
  });
  const lines = text.trimEnd().split('\n').slice(0, -1);
  expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(60);
  expect(lines.filter((line) => line.includes('日')).every((line) => displayWidth(line) <= 40)).toBe(true);
});

describe('hostile text', () => {
  const sequence = '\u001b]0;owned\u0007\u001b[2J';
  const hostile = (where: 'name' | 'source' | 'message'): MigrationResult => {
    const file = where === 'name' ? `a${sequence}.toy` : 'a.toy';
    const source = where === 'source' ? `x ${sequence} \u202e y\u0085\r z\n` : 'x\n';
    const message = where === 'message' ? `odd ${sequence}` : 'odd';
    const { report } = resultOf();
    return {
      report: { ...report, problems: [{ kind: 'parse', message, file }] },
      texts: [{ file, before: '', applied: source, shown: source }],
    };
  };

  test.each(['name', 'source', 'message'] as const)(
    'control characters of a %s are shown, not sent',
    (where) => {
      const text = renderTerminal(hostile(where), plain);
      expect(text).not.toMatch(/(?!\n)[\p{Cc}\u202e]/u);
      expect(text).toContain('␛');
    },
  );

  test('a carriage return in one line of many is shown, in all lines it is not', () => {
    const mixed = renderTerminal(
      resultOf({ file: 'a', before: 'a\nb\n', applied: null, shown: 'a\nb\r\n' }),
      plain,
    );
    expect(mixed).toContain('b␍');
    const all = renderTerminal(
      resultOf({ file: 'a', before: 'a\r\nb\r\n', applied: null, shown: 'a\r\nc\r\n' }),
      plain,
    );
    expect(all).not.toContain('␍');
  });
});
