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

  test('what stands against a call is explained where it stands', () => {
    const stuck = toyResult.report.outcomes.find(({ call }) => call === 'src/jobs.toy#c0');
    const file = stuck?.at.file ?? '';
    const text = toyResult.texts.find((one) => one.file === file)?.before ?? '';
    const start = text.lastIndexOf('\n', text.length - 2) + 1;
    const at = { file, range: { start, end: start + 1 } };
    const outcomes = toyResult.report.outcomes.map((outcome) =>
      outcome === stuck
        ? { ...outcome, hazards: outcome.hazards.map((hazard) => ({ ...hazard, at })) }
        : outcome,
    );
    const result = { ...toyResult, report: { ...toyResult.report, outcomes, changes: [] } };
    const line = lineAt(text, start);
    expect(lineOf('src/jobs.toy#c0').line).not.toBe(line);
    const said = renderExplanation(result, { file, line }) ?? '';
    expect(said).toContain(`${file}:${line}  keeps ${stuck?.callee} (${file}:`);
    expect(said).toMatch(/H-\w+ stands against it: .+/);
  });

  test('another line has nothing to be said of', () => {
    expect(renderExplanation(toyResult, { file: 'src/films.toy', line: 9_999 })).toBeNull();
    expect(renderExplanation(toyResult, { file: 'src/other.toy', line: 1 })).toBeNull();
  });
});
