import type { Change, MigrationResult, Report } from '../core/model/report.js';
import { groupBlocked, groupBy } from './blocked.js';
import { codeBlock, codeSpan, escapeControls, escapeMarkdown } from './escape.js';
import { isApplied, neededRisks } from './groups.js';
import { renderFilePatch } from './patch.js';
import { describeProblem } from './problem.js';
import { countChangedFiles, countSeeds, higherLevels, plural, renderSummary } from './summary.js';

export interface MarkdownOptions {
  /** Characters that the diffs may take together; GitHub refuses bodies over 65,536. */
  readonly diffBudget?: number;
}

const placesShown = 20;

/** Renders a result as the body of a pull request: what is applied, what stays and why, and the diff in folds. */
export function renderMarkdown(result: MigrationResult, options: MarkdownOptions = {}): string {
  const { report } = result;
  const blocks = [
    '## Sync and callback code to async/await',
    escapeMarkdown(renderSummary(result)),
    renderTable(report),
    ...renderChanges(report),
    ...renderBlocked(result),
    ...renderList(
      'Problems',
      '- ',
      report.problems.map((problem) => escapeMarkdown(describeProblem(problem))),
    ),
    ...renderList('What is left to do', '- [ ] ', report.followUps.map(escapeMarkdown)),
    ...renderDiffs(result, options.diffBudget ?? 50_000),
    `<sub>${escapeMarkdown(`${report.tool.name} ${report.tool.version}`)}</sub>`,
  ];
  return `${blocks.join('\n\n')}\n`;
}

function renderTable(report: Report): string {
  const counts = countSeeds(report);
  const rows = (['safe', 'review', 'unsafe', 'blocked'] as const).map((risk) => {
    const state = risk === 'blocked' ? 'left alone' : isApplied(report, risk) ? 'applied' : 'not applied';
    return `| ${risk} | ${counts[risk]} | ${state} |`;
  });
  const more = higherLevels(report).map((level) => codeSpan(level));
  const table = ['| risk | calls | |', '|---|---:|---|', ...rows].join('\n');
  return more.length === 0 ? table : `${table}\n\nA higher level adds: ${more.join(', ')}.`;
}

function renderChanges(report: Report): string[] {
  const needed = neededRisks(report.groups);
  const applied = report.changes.filter(({ group }) => isApplied(report, needed(group)));
  if (applied.length === 0) return ['### Changes', 'None.'];
  const reasons = groupBy(applied, ({ transform, reason }) => JSON.stringify([transform, reason]));
  return [
    '### Changes',
    ...[...reasons.values()].map((changes) => {
      const first = changes[0];
      if (first === undefined) return '';
      const head = `**${escapeMarkdown(first.transform)}** · ${plural(changes.length, 'change')}: ${escapeMarkdown(first.reason)}`;
      return `${head}\n\n${renderPlaces(changes)}`;
    }),
  ];
}

function renderPlaces(changes: readonly Change[]): string {
  const lines = changes.slice(0, placesShown).map((change) => {
    const notes = change.hazards.map(({ code, message }) => `${code}: ${escapeMarkdown(message)}`);
    const head = `- ${codeSpan(`${change.at.file}:${change.line}`)} ${escapeMarkdown(change.title)} · ${change.risk} · ${change.evidence}`;
    return [head, ...notes.map((note) => `  - ${note}`)].join('\n');
  });
  if (changes.length > placesShown) lines.push(`- and ${changes.length - placesShown} more`);
  return lines.join('\n');
}

function renderBlocked(result: MigrationResult): string[] {
  const codes = groupBlocked(result);
  if (codes.length === 0) return [];
  const lines = codes.flatMap(({ code, count, wait, causes }) => [
    `- **${code}** · ${plural(count, 'call')} · ${wait}`,
    ...causes.flatMap((cause) => [
      `  - ${escapeMarkdown(cause.message)}${cause.unblock === null ? '' : `. *To unblock:* ${escapeMarkdown(cause.unblock)}`}`,
      ...cause.places
        .slice(0, placesShown)
        .map(({ place, outcome }) => `    - ${codeSpan(place)} ${codeSpan(outcome.callee)}`),
      ...(cause.places.length > placesShown ? [`    - and ${cause.places.length - placesShown} more`] : []),
    ]),
  ]);
  return ['### Blocked', lines.join('\n')];
}

function renderList(title: string, bullet: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`### ${title}`, items.map((item) => `${bullet}${item}`).join('\n')];
}

function renderDiffs(result: MigrationResult, budget: number): string[] {
  if (countChangedFiles(result) === 0) return [];
  let room = budget;
  let omitted = 0;
  const folds: string[] = [];
  for (const text of result.texts) {
    const lines = renderFilePatch(text).split('\n');
    const patch = lines.map((line) => escapeControls(line.replace(/\r$/, ''))).join('\n');
    if (patch === '') continue;
    if (patch.length > room) {
      omitted++;
      continue;
    }
    room -= patch.length;
    const summary = escapeControls(text.file).replace(/&/g, '&amp;').replace(/</g, '&lt;');
    folds.push(
      `<details><summary><code>${summary}</code></summary>\n\n${codeBlock(patch, 'diff')}\n\n</details>`,
    );
  }
  if (omitted > 0) folds.push(`The diff of ${plural(omitted, 'more file')} is too long for this page.`);
  return ['### Diff', ...folds];
}
