import pc from 'picocolors';
import type { TransformMeta } from '../core/model/transform.js';

/** Renders the transforms for a person: what each does, and code before and after it. */
export function renderList(transforms: readonly TransformMeta[], color: boolean): string {
  const colors = pc.createColors(color);
  const seeds = transforms.filter(({ kind }) => kind === 'seed');
  const consequences = transforms.filter(({ kind }) => kind === 'consequence');
  const show = ({ id, summary, before, after }: TransformMeta) =>
    [
      `${colors.bold(colors.cyan(id))}  ${summary}`,
      ...code(before).map((line) => colors.red(`  - ${line}`.trimEnd())),
      ...code(after).map((line) => colors.green(`  + ${line}`.trimEnd())),
    ].join('\n');
  const blocks = [
    colors.bold('Seed transforms (for --only and --skip)'),
    ...seeds.map(show),
    colors.bold('Consequences (come along with the seeds)'),
    ...consequences.map(show),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function code(text: string): string[] {
  return text.replace(/\n+$/, '').split('\n');
}
