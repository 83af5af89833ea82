import type { createColors } from 'picocolors';
import type { Hazard, Risk } from '../core/model/hazard.js';
import type { Change, MigrationResult } from '../core/model/report.js';
import { placeOf } from './blocked.js';
import type { Hunk } from './diff.js';
import { escapeControls } from './escape.js';
import { isApplied, type NeededRisk } from './groups.js';
import { wrapSegments, wrapWords } from './layout.js';
import type { AnnotatedHunk, Section } from './sections.js';
import { markWords, type Segment, type ShownLine } from './words.js';

/** How the output looks. */
export interface Page {
  readonly colors: ReturnType<typeof createColors>;
  readonly columns: number;
  readonly verbose: boolean;
}

interface HunkView {
  readonly result: MigrationResult;
  readonly section: Section;
  readonly annotated: AnnotatedHunk;
  readonly needed: NeededRisk;
}

/** Renders one hunk: what changes in it and how it is known to be right, then its lines with their numbers. */
export function renderHunk(view: HunkView, page: Page): string[] {
  const { changes, continues, hunk } = view.annotated;
  const notes = changes.flatMap((change) => renderChange(view, change, page));
  if (changes.length === 0 && continues !== null) notes.push(...renderContinued(view, continues, page));
  return [...notes, ...renderLines(hunk, page)];
}

function renderChange(view: HunkView, change: Change, page: Page): string[] {
  const { colors } = page;
  const badge = `${badgeOf(change.risk, page)} `;
  const title = sentence(page, `${change.title} · ${change.evidence}`, change.risk.length + 5);
  const lines = title.map((row, index) => (index === 0 ? `  ${badge}${row}` : `    ${row}`));
  lines.push(...renderNotApplied(view, change, page));
  if (change.reason !== view.section.reason) {
    lines.push(...sentence(page, change.reason, 4).map((row) => colors.dim(`    ${row}`)));
  }
  for (const hazard of change.hazards) {
    lines.push(...sentence(page, hazardText(hazard), 4).map((row) => colors.dim(`    ${row}`)));
  }
  if (page.verbose) lines.push(...renderChain(view.result, change, page));
  return lines;
}

function renderContinued(view: HunkView, change: Change, page: Page): string[] {
  const rows = sentence(page, `goes with line ${change.line}: ${change.title}`, 2);
  return [...rows.map((row) => page.colors.dim(`  ${row}`)), ...renderNotApplied(view, change, page)];
}

function renderNotApplied({ result, needed }: HunkView, change: Change, page: Page): string[] {
  const risk = needed(change.group);
  if (isApplied(result.report, risk)) return [];
  return sentence(page, `(not applied: needs --max-risk ${risk})`, 4).map(
    (row) => `    ${page.colors.yellow(row)}`,
  );
}

function renderChain(result: MigrationResult, change: Change, page: Page): string[] {
  const chain = result.report.groups.find(({ id }) => id === change.group)?.chain ?? [];
  if (chain.length < 2) return [];
  const text = `chain: ${chain.map((at) => placeOf(result, at)).join(' → ')}`;
  return sentence(page, text, 4).map((row) => page.colors.dim(`    ${row}`));
}

function hazardText(hazard: Hazard): string {
  const what = hazard.effect === 'note' ? 'note' : hazard.effect;
  return `${hazard.code} ${what}: ${hazard.message}${hazard.unblock === undefined ? '' : ` → ${hazard.unblock}`}`;
}

function badgeOf(risk: Risk, { colors }: Page): string {
  switch (risk) {
    case 'safe':
      return colors.green(`● ${risk}`);
    case 'review':
      return colors.yellow(`◆ ${risk}`);
    case 'unsafe':
      return colors.magenta(`▲ ${risk}`);
    case 'blocked':
      return colors.red(`✖ ${risk}`);
  }
}

function sentence(page: Page, text: string, indent: number): string[] {
  return wrapWords(escapeControls(text.replace(/\s+/g, ' ')), page.columns - indent);
}

/** Below this width only one line number is shown. */
const twoNumbersFrom = 60;
/** A line that needs more rows is cut: nobody reads a minified line. */
const rowLimit = 20;

function renderLines(hunk: Hunk, page: Page): string[] {
  const last = Math.max(hunk.oldStart + hunk.oldLines, hunk.newStart + hunk.newLines);
  const digits = String(last).length;
  // A carriage return is shown only where lines of both kinds meet.
  const allCarriage = hunk.lines.every(({ text, endsFile }) => endsFile || text.endsWith('\r'));
  return markWords(hunk).flatMap((shown) => renderLine(shown, { digits, allCarriage }, page));
}

function renderLine(shown: ShownLine, style: { digits: number; allCarriage: boolean }, page: Page): string[] {
  const { colors } = page;
  const { line } = shown;
  const number = (value: number | null) => (value === null ? '' : String(value)).padStart(style.digits);
  const one = number(line.newLine ?? line.oldLine);
  const gutter = page.columns < twoNumbersFrom ? one : `${number(line.oldLine)} ${number(line.newLine)}`;
  const sign = line.kind === 'removed' ? '-' : line.kind === 'added' ? '+' : ' ';
  const width = page.columns - gutter.length - 5;
  const rows = wrapSegments(cleanSegments(shown.segments, style.allCarriage), width);
  if (rows.length > rowLimit) rows.splice(rowLimit, rows.length, [{ text: '…', changed: false }]);
  const out = rows.map((row, index) => {
    const head = index === 0 ? colors.dim(`  ${gutter}`) : ' '.repeat(gutter.length + 2);
    const mark = index === 0 || sign === ' ' ? sign : '↪';
    if (row.length === 0) return sign === ' ' ? head : `${head} ${paint(shown, mark, false, page)}`;
    const code = row.map((part) => paint(shown, part.text, part.changed, page)).join('');
    return `${head} ${paint(shown, mark, false, page)} ${code}`;
  });
  if (line.endsFile && line.kind !== 'context')
    out.push(colors.dim(`  ${' '.repeat(gutter.length + 1)}  no newline at the end`));
  return out;
}

function cleanSegments(segments: readonly Segment[], allCarriage: boolean): Segment[] {
  return segments.map((segment, index) => {
    const isLast = index === segments.length - 1;
    let text = segment.text;
    if (isLast && allCarriage && text.endsWith('\r')) text = text.slice(0, -1);
    if (index === 0 && text.startsWith('\ufeff')) text = text.slice(1);
    return { ...segment, text: escapeControls(text).replaceAll('\t', '    ') };
  });
}

function paint({ line, onlyMoved }: ShownLine, text: string, changed: boolean, { colors }: Page): string {
  if (text === '') return '';
  switch (line.kind) {
    case 'context':
      return text;
    case 'removed':
      return changed
        ? colors.inverse(colors.red(text))
        : onlyMoved
          ? colors.dim(colors.red(text))
          : colors.red(text);
    case 'added':
      return changed
        ? colors.inverse(colors.green(text))
        : onlyMoved
          ? colors.dim(colors.green(text))
          : colors.green(text);
  }
}
