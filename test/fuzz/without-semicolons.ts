/** The same program in the style that leaves semicolons out where a line ends. */
export function withoutSemicolons(files: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...files].map(([path, text]) => [path, stripped(text)]));
}

function stripped(text: string): string {
  const lines = text.split('\n');
  return lines
    .map((line, index) => {
      const next = lines.slice(index + 1).find((other) => other.trim() !== '') ?? '';
      // There the next line would go on with this one.
      const isNeeded = /^\s*[([`/+*.-]/.test(next) || !line.endsWith(';') || isInText(lines, index);
      return isNeeded ? line : line.slice(0, -1);
    })
    .join('\n');
}

/** Inside of a template that began on another line. */
function isInText(lines: readonly string[], index: number): boolean {
  const quotes = lines.slice(0, index).join('\n').split('`').length - 1;
  return quotes % 2 === 1;
}
