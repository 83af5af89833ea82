/**
 * Makes the control characters of foreign text visible, so that no source, file name or message can move the cursor,
 * change colors or reorder what a person reads: ESC is shown as ␛, bidirectional controls by number. Tabs stay.
 */
export function escapeControls(text: string): string {
  return text.replace(hidden, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    if (code === 0x7f) return '␡';
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** C0 and C1 controls, soft hyphen, direction marks and overrides, invisible separators, byte order mark. */
const hidden = /(?!\t)[\p{Cc}\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** Keeps Markdown from reading a plain sentence as markup, a mention or HTML. */
export function escapeMarkdown(text: string): string {
  return escapeControls(text)
    .replace(/[\\`*_{}[\]<>|~]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/@/g, '&#64;')
    .replace(/^(\s*)([#+-]|\d+[.)])/, '$1\\$2');
}

/** An inline code span that no backtick in the text can close. */
export function codeSpan(text: string): string {
  const clean = escapeControls(text);
  const fence = '`'.repeat(longestRun(clean) + 1);
  const pad = clean.startsWith('`') || clean.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${clean}${pad}${fence}`;
}

/** A fenced code block that no line of the text can close. */
export function codeBlock(text: string, language: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${text.endsWith('\n') ? text : `${text}\n`}${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}
