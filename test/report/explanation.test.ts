import { describe, expect, test } from 'vitest';
import { lineAt } from '../../core/model/text.js';
import { renderExplanation } from '../../report/explanation.js';
import { toyResult } from './toy.js';

const lineOf = (call: string): { file: string; line: number } => {
  const found = toyResult.report.outcomes.find((one) => one.call === call);
  if (found === undefined) throw new Error(`no outcome ${call}`);
  const text = toyResult.texts.find(({ file }) => file === found.at.file)?.before ?? '';
  return { file: found.at.file, line: lineAt(text, found.at.range.start) };
};

describe('a line is explained', () => {
  test('a converted call names its risk, its evidence and what changes with it', () => {
    const said = renderExplanation(toyResult, lineOf('src/films.toy#c0')) ?? '';
    expect(said).toContain('converted · safe · declared');
    expect(said).toContain('changes together with src/films.toy:');
    expect(said).toContain(' → src/films.toy:');
  });

  test('a blocked call names what stands against it and what would unblock it', () => {
    const said = renderExplanation(toyResult, lineOf('src/jobs.toy#c0')) ?? '';
    expect(said).toContain('blocked');
    expect(said).toMatch(/H-\w+ stands against it: .+/);
    expect(said).toContain('to unblock it: ');
  });

  test('a change needs no call on its line', () => {
    const change = toyResult.report.changes.find(({ at }) => at.file === 'src/films.toy');
    const said = renderExplanation(toyResult, { file: 'src/films.toy', line: change?.line ?? 0 });
    expect(said).toContain(change?.reason);
  });

  test('another line has nothing to be said of', () => {
    expect(renderExplanation(toyResult, { file: 'src/films.toy', line: 9_999 })).toBeNull();
    expect(renderExplanation(toyResult, { file: 'src/other.toy', line: 1 })).toBeNull();
  });
});
