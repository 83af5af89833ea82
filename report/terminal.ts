import pc from 'picocolors';
import type { Outcome } from '../core/model/plan.js';
import type { MigrationResult } from '../core/model/report.js';
import { type BlockedCode, groupBlocked, placeOf } from './blocked.js';
import { escapeControls } from './escape.js';
import { neededRisks } from './groups.js';
import { displayWidth, wrapWords } from './layout.js';
import { describeProblem } from './problem.js';
import { groupByReason, type Section } from './sections.js';
import { higherLevels, plural, renderSummary } from './summary.js';
import { type Page, renderHunk } from './terminal-hunk.js';

export interface TerminalOptions {
  readonly color: boolean;
  /** Cells in a row. */
  readonly columns?: number;
  /** `quiet`: the summary alone; `verbose`: also call chains and skipped seeds. */
  readonly detail?: 'quiet' | 'normal' | 'verbose';
  /** How long the run took; left out where the text is compared. */
  readonly seconds?: number;
}

const narrowest = 20;

/** Renders a result for a person at a terminal: changes by reason, what stays and why, what is left to do. */
export function renderTerminal(result: MigrationResult, options: TerminalOptions): string {
  const page: Page = {
    colors: pc.createColors(options.color),
    columns: Math.max(narrowest, options.columns ?? 100),
    verbose: options.detail === 'verbose',
  };
  const summary = renderEnd(result, page, options.seconds);
  if (options.detail === 'quiet') return `${summary.join('\n')}\n`;
  const needed = neededRisks(result.report.groups);
  const parts = [
    renderHead(result, page),
    ...groupByReason(result).map((section) => renderSection(result, section, page, needed)),
    renderBlocked(groupBlocked(result), page),
    page.verbose ? renderSkipped(result, page) : [],
    renderProblems(result, page),
    renderFollowUps(result, page),
    summary,
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function renderHead({ report }: MigrationResult, page: Page): string[] {
  const { kind, reason } = report.packageKind;
  const head = `${report.tool.name} ${report.tool.version} · ${kind} (${reason})`;
  const lines = prose(page, head, '').map(page.colors.dim);
  if (report.outcomes.length === 0) {
    lines.push('', ...prose(page, `No call with an async form in ${plural(report.filesRead, 'file')}.`, ''));
  }
  return lines;
}

function renderSection(
  result: MigrationResult,
  section: Section,
  page: Page,
  needed: ReturnType<typeof neededRisks>,
): string[] {
  const { colors } = page;
  const title = section.transform === '' ? 'other changes' : section.transform;
  const lines = [...heading(page, title, section.count === 0 ? '' : plural(section.count, 'change'))];
  lines.push(...prose(page, section.reason, '  '));
  for (const file of section.files) {
    const note = file.kind === 'create' ? ' (new file)' : file.kind === 'delete' ? ' (deleted)' : '';
    const [first = '', ...rest] = pathLines(page, file.file + note);
    lines.push('', colors.bold(first), ...rest.map(colors.bold));
    file.hunks.forEach((annotated, index) => {
      if (index > 0) lines.push('');
      lines.push(...renderHunk({ result, section, annotated, needed }, page));
    });
  }
  return lines;
}

function renderBlocked(codes: readonly BlockedCode[], page: Page): string[] {
  if (codes.length === 0) return [];
  const { colors } = page;
  const total = codes.reduce((sum, { count }) => sum + count, 0);
  const lines = [
    ...heading(
      page,
      'Blocked',
      `${plural(total, 'call')} ${total === 1 ? 'stays' : 'stay'}, longest wait first`,
    ),
  ];
  for (const { code, count, wait, causes } of codes) {
    lines.push('', ...prose(page, `${code} · ${plural(count, 'call')} · ${wait}`, '  ').map(colors.red));
    for (const cause of causes) {
      lines.push(...prose(page, cause.message, '  '));
      for (const { outcome, place } of cause.places) lines.push(...placeLines(page, place, outcome));
      if (cause.unblock !== null) lines.push(...prose(page, `→ ${cause.unblock}`, '    ').map(colors.cyan));
    }
  }
  return lines;
}

function renderSkipped(result: MigrationResult, page: Page): string[] {
  const skipped = result.report.outcomes.filter(({ kind }) => kind === 'skipped');
  if (skipped.length === 0) return [];
  const lines = [...heading(page, 'Skipped', plural(skipped.length, 'call'))];
  for (const outcome of skipped) {
    lines.push(...placeLines(page, placeOf(result, outcome.at), outcome));
    lines.push(...prose(page, outcome.reason, '      ').map(page.colors.dim));
  }
  return lines;
}

function renderProblems({ report }: MigrationResult, page: Page): string[] {
  if (report.problems.length === 0) return [];
  const lines = [...heading(page, 'Problems', '')];
  for (const problem of report.problems) {
    lines.push(...prose(page, describeProblem(problem), '  ', `${page.colors.red('✖')} `));
  }
  return lines;
}

function renderFollowUps({ report }: MigrationResult, page: Page): string[] {
  if (report.followUps.length === 0) return [];
  return [
    ...heading(page, 'What is left to do', ''),
    ...report.followUps.flatMap((followUp) => prose(page, followUp, '  ', '• ')),
  ];
}

function renderEnd(result: MigrationResult, page: Page, seconds: number | undefined): string[] {
  const more = higherLevels(result.report).join(' · ');
  return [
    ...(more === '' ? [] : [page.colors.yellow(more)]),
    page.colors.bold(renderSummary(result, seconds)),
  ];
}

function heading(page: Page, title: string, detail: string): string[] {
  const { bold, cyan, dim } = page.colors;
  const clean = escapeControls(title);
  if (detail === '') return [bold(cyan(clean))];
  if (displayWidth(clean) + detail.length + 3 <= page.columns)
    return [`${bold(cyan(clean))}${dim(` · ${detail}`)}`];
  return [bold(cyan(clean)), ...prose(page, detail, '  ').map(dim)];
}

/** Wrapped sentences; `bullet` stands before the first line and the others align with it. */
function prose(page: Page, text: string, indent: string, bullet = ''): string[] {
  const hang = bullet === '' ? '' : '  ';
  const rows = wrapWords(
    escapeControls(text.replace(/\s+/g, ' ')),
    page.columns - indent.length - hang.length,
  );
  return rows.map((row, index) => `${indent}${index === 0 ? bullet : hang}${row}`);
}

function pathLines(page: Page, path: string): string[] {
  return wrapWords(escapeControls(path), page.columns);
}

function placeLines(page: Page, place: string, outcome: Outcome): string[] {
  const [first = '', ...rest] = wrapWords(escapeControls(`${place}  ${outcome.callee}`), page.columns - 4);
  return [`    ${first}`, ...rest.map((row) => `      ${row}`)];
}
