import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { blemishes, type Size, sizeOf } from './readable/measures.js';

/** A case whose source is as applications have it; what the tool makes of it is what `expected` says. */
interface Example {
  readonly name: string;
  readonly files: readonly { readonly file: string; readonly before: string; readonly after: string }[];
  readonly isRealistic: boolean;
}

const root = join(dirname(dirname(fileURLToPath(import.meta.url))), 'fixtures', 'transforms');
const examples = filesIn(root)
  .filter((path) => path.endsWith('.js') || path.endsWith('.ts'))
  .filter((path) => path.includes('/expected/'))
  .reduce<Map<string, string[]>>((cases, path) => {
    const name = path.slice(0, path.indexOf('/expected/'));
    return cases.set(name, [...(cases.get(name) ?? []), path.slice(name.length + '/expected/'.length)]);
  }, new Map());
const all = [...examples].map(([name, files]) => readExample(name, files));
const realistic = all.filter(({ isRealistic }) => isRealistic);

describe('code as applications have it', () => {
  it('is there in number and in length', () => {
    expect(realistic.length).toBeGreaterThanOrEqual(25);
    const lengths = realistic.map(({ files }) =>
      files.reduce((sum, { before }) => sum + before.split('\n').length, 0),
    );
    expect(lengths.filter((length) => length < 25)).toEqual([]);
  });

  it.each(realistic.map((one) => [one.name, one] as const))('%s', (_name, { files }) => {
    const size = total(files.map(({ before, after }) => sizeOf(before, after)));
    expect(size.awaits).toBeGreaterThan(0);
    // A `try` has a head, a `catch` and a way out of its own.
    expect(size.changed - size.heads).toBeLessThanOrEqual(3 * size.awaits + 3 * size.tries);
  });

  it('changes three lines for each await, heads of functions and imports among them', () => {
    const size = total(
      realistic.flatMap(({ files }) => files.map(({ before, after }) => sizeOf(before, after))),
    );
    expect(size.changed).toBeLessThanOrEqual(3 * size.awaits);
  });
});

/** Cases about names or forms that nobody has a better one for, with what they show. */
const asIs: readonly string[] = [
  // Names that collide on purpose.
  'async-library/names-of-tasks-that-collide-are-told-apart',
  'async-library/what-a-task-gives-beside-an-error-goes-with-it',
  'callback-call/names-that-callbacks-used-again-are-told-apart',
  'callback-call/two-cases-of-a-switch-share-their-names',
  // Names that collide on purpose, and errors that go elsewhere further down.
  'promise-chain/a-chain-behind-a-callback-of-a-handler-is-waited-for',
  // The helper that is written into the file has branches of its own.
  'callback-shim/a-package-that-lists-its-files-gets-the-helper-in-one-of-them',
  // What ended a function of a chain ends no function now: the rest stands in an `else`.
  'promise-chain/a-rejection-that-is-returned-is-thrown',
  'promise-chain/branches-give-a-value-to-what-follows',
  'promise-chain/a-chain-that-is-awaited-already-becomes-statements',
  'promise-chain/what-follows-branches-moves-to-the-one-that-goes-on',
  'promise-chain/what-is-taken-apart-behind-a-catch-is-outside-of-its-try',
];
const judged = all.filter(({ name }) => !asIs.includes(name));

it.each(judged.map((one) => [one.name, one] as const))(
  '%s reads as if written by hand',
  (_name, { files }) => {
    expect(files.flatMap(({ file, before, after }) => blemishes(file, before, after))).toEqual([]);
  },
);

describe('the measures see', () => {
  const before = 'run((err, rows) => {\n  if (err) return next(err);\n  send(rows);\n});\n';
  const after = 'const rows = await run();\nsend(rows);\n';

  it('nothing where there is nothing', () => {
    expect(blemishes('a.js', before, after)).toEqual([]);
    expect(sizeOf(before, after)).toEqual({ changed: 1, heads: 0, awaits: 1, tries: 0 });
  });

  it.each([
    ['doubled lines', 'const rows = await run();\n\n\nsend(rows);\n', 'empty lines are doubled'],
    ['lines at an edge', 'try {\n\n  send(await run());\n} finally {\n  end();\n}\n', 'edge of a block'],
    ['numbers', 'const rows2 = await run();\nsend(rows2);\n', 'rows2 says little'],
    ['verbs', 'const queryResult = await run();\nsend(queryResult);\n', 'queryResult says little'],
    ['branches', 'const rows = await run();\nif (rows) send(rows);\nelse stop();\n', 'more branches'],
    ['an idle catch', 'try {\n  send(await run());\n} catch (err) {\n  throw err;\n}\n', 'only throws'],
    [
      'a catch that is there twice',
      'async () => {\n  try {\n    a();\n  } catch (err) {\n    stop(err);\n  }\n  try {\n    b();\n  } catch (err) {\n    stop(err);\n  }\n};\n',
      'the same catch',
    ],
  ])('%s', (_name, text, problem) => {
    expect(blemishes('a.js', before, text).join('\n')).toContain(problem);
  });

  it('a reprinted file', () => {
    const reprinted = after.replace('send(rows);', 'send (rows) ;\nmore();\nand();\nmore();');
    expect(sizeOf(before, reprinted).changed).toBeGreaterThan(3);
  });
});

function total(sizes: readonly Size[]): Size {
  return sizes.reduce(
    (a, b) => ({
      changed: a.changed + b.changed,
      heads: a.heads + b.heads,
      awaits: a.awaits + b.awaits,
      tries: a.tries + b.tries,
    }),
    { changed: 0, heads: 0, awaits: 0, tries: 0 },
  );
}

/** Files that are made anew are the tool's own and not measured. */
function readExample(name: string, files: readonly string[]): Example {
  const options = textOf(join(root, name, 'case.json')) ?? '{}';
  return {
    name,
    isRealistic: (JSON.parse(options) as { realistic?: boolean }).realistic === true,
    files: files.flatMap((file) => {
      const before = textOf(join(root, name, 'before', file));
      const after = textOf(join(root, name, 'expected', file));
      return before === undefined || after === undefined ? [] : [{ file, before, after }];
    }),
  };
}

function textOf(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
    ? readFileSync(path, 'utf8')
    : undefined;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => relative('.', path).replaceAll('\\', '/'))
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort();
}
