import type { FileTexts, MigrationResult } from '../core/model/report.js';
import { diffHunks, type Hunk } from './diff.js';

/** Renders the applied texts as one unified diff with git headers; `git apply` turns each file into its applied text. */
export function renderPatch(result: MigrationResult): string {
  return result.texts.map(renderFilePatch).join('');
}

/** The patch of one file; empty when it does not change. */
export function renderFilePatch({ file, before, applied }: FileTexts): string {
  if (before === applied) return '';
  const oldName = quotePath(`a/${file}`);
  const newName = quotePath(`b/${file}`);
  const head = [`diff --git ${oldName} ${newName}`];
  if (before === null) head.push('new file mode 100644');
  if (applied === null) head.push('deleted file mode 100644');
  const hunks = diffHunks(before, applied);
  // Without hunks (an empty file that comes or goes) git wants no file names either.
  if (hunks.length > 0) {
    head.push(`--- ${before === null ? '/dev/null' : endName(oldName)}`);
    head.push(`+++ ${applied === null ? '/dev/null' : endName(newName)}`);
  }
  return [...head, ...hunks.flatMap(renderHunk)].map((line) => `${line}\n`).join('');
}

function renderHunk(hunk: Hunk): string[] {
  const lines = [`@@ -${span(hunk.oldStart, hunk.oldLines)} +${span(hunk.newStart, hunk.newLines)} @@`];
  for (const line of hunk.lines) {
    lines.push(`${line.kind === 'context' ? ' ' : line.kind === 'removed' ? '-' : '+'}${line.text}`);
    if (line.endsFile) lines.push('\\ No newline at end of file');
  }
  return lines;
}

function span(start: number, count: number): string {
  return count === 1 ? String(start) : `${start},${count}`;
}

/** A name with a space ends with a tab, so that tools do not take what follows for a date. */
function endName(name: string): string {
  return name.includes(' ') && !name.startsWith('"') ? `${name}\t` : name;
}

const named: Readonly<Record<number, string>> = {
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
};

/** Quotes a path as git does: in C style, by byte, when it holds anything but plain characters. */
function quotePath(path: string): string {
  const bytes = [...new TextEncoder().encode(path)];
  if (bytes.every((byte) => byte >= 0x20 && byte < 0x7f && named[byte] === undefined)) return path;
  const quoted = bytes.map((byte) => {
    const known = named[byte];
    if (known !== undefined) return known;
    return byte < 0x20 || byte >= 0x7f ? `\\${byte.toString(8).padStart(3, '0')}` : String.fromCharCode(byte);
  });
  return `"${quoted.join('')}"`;
}
