import { describe, expect, test } from 'vitest';
import type { Risk } from '../../core/model/hazard.js';
import type { Group } from '../../core/model/plan.js';
import type { MigrationResult } from '../../core/model/report.js';
import { neededRisks } from '../../report/groups.js';
import { parseReport, renderJson } from '../../report/json.js';
import { renderMarkdown } from '../../report/markdown.js';
import { reportJsonSchema } from '../../report/schema.js';
import { higherLevels, renderSummary } from '../../report/summary.js';
import { emptyResult, toyResult } from './toy.js';

describe('JSON', () => {
  test('what is read back is the report', () => {
    expect(parseReport(renderJson(toyResult))).toEqual(toyResult.report);
    expect(parseReport(renderJson(emptyResult))).toEqual(emptyResult.report);
  });

  test('another version and unknown keys are refused', () => {
    const { report } = toyResult;
    expect(() => parseReport(JSON.stringify({ ...report, version: 2 }))).toThrow(/version/);
    expect(() => parseReport(JSON.stringify({ ...report, later: true }))).toThrow(/later/);
  });

  test('the JSON Schema names every key of the document', () => {
    const schema = reportJsonSchema();
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
    expect(Object.keys('properties' in schema ? (schema.properties as object) : {})).toEqual(
      Object.keys(toyResult.report),
    );
  });
});

describe('Markdown', () => {
  test('the toy project as the body of a pull request', async () => {
    await expect(renderMarkdown(toyResult)).toMatchFileSnapshot('snapshots/markdown.txt');
  });

  test('no text of the code base ends a fence, opens HTML or calls a person', () => {
    const hostile = '```\n</details><script>@someone [x](y)\n````\n';
    const result: MigrationResult = {
      report: { ...emptyResult.report, followUps: ['</details> @someone `x` [a](b)'] },
      texts: [{ file: 'a`b.toy', before: null, applied: hostile, shown: hostile }],
    };
    const text = renderMarkdown(result);
    expect(text).toContain('`````diff\n');
    expect(text).toContain('- [ ] \\</details\\> &#64;someone \\`x\\` \\[a\\](b)');
  });

  test('diffs beyond the budget are counted, not shown', () => {
    const text = renderMarkdown(toyResult, { diffBudget: 150 });
    expect(text.match(/<details>/g)).toHaveLength(1);
    expect(text).toContain('The diff of 2 more files is too long for this page.');
  });
});

describe('summary', () => {
  test('large numbers and single ones', () => {
    const { report } = toyResult;
    const result = {
      ...toyResult,
      report: { ...report, filesRead: 12_345, checks: { ...report.checks, newTypeErrors: 1 } },
    };
    expect(renderSummary(result)).toBe(
      '1 safe · 1 review · 1 unsafe · 2 blocked · 1 new type error · 3 of 12,345 files',
    );
  });

  test.each<[Risk, string[]]>([
    ['safe', ['+1 with --max-risk review', '+2 with --max-risk unsafe']],
    ['review', ['+1 with --max-risk unsafe']],
    ['unsafe', []],
  ])('what more than %s would add', (maxRisk, expected) => {
    const { report } = toyResult;
    expect(higherLevels({ ...report, policy: { ...report.policy, maxRisk } })).toEqual(expected);
  });
});

test('a group needs the level of what it requires, a support that of the first group that brings it', () => {
  const group = (id: string, kind: Group['kind'], risk: Risk, requires: string[] = []): Group => {
    return { id, kind, risk, requires, title: id, evidence: 'flow', hazards: [], chain: [] };
  };
  const needed = neededRisks([
    group('a', 'change', 'safe', ['client']),
    group('client', 'change', 'review', ['import']),
    group('b', 'change', 'unsafe', ['import', 'helper']),
    group('import', 'support', 'safe'),
    group('helper', 'support', 'safe'),
  ]);
  expect(['a', 'client', 'b', 'import', 'helper'].map(needed)).toEqual([
    'review',
    'review',
    'unsafe',
    'review',
    'unsafe',
  ]);
});
