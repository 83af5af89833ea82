// The rules of the layout. Each is a function from files to violations, holds for the repository, and is proved once
// with a planted violation.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ts } from 'ts-morph';
import { describe, expect, test } from 'vitest';
import { transforms } from '../transforms/index.js';

/** Text by path, relative to the root. */
type Files = ReadonlyMap<string, string>;
/** One sentence for each violation. */
type Rule = (files: Files) => string[];

interface Layer {
  /** A folder, or one file. */
  readonly path: string;
  /** What of ours it may import, beside itself. */
  readonly ours: readonly string[];
  /** Packages and Node modules it may import. */
  readonly others: readonly string[];
}

/** Bottom first. No import points up or sideways. */
const layers: readonly Layer[] = [
  { path: 'core/model', ours: [], others: [] },
  { path: 'core/catalog', ours: ['core/model'], others: [] },
  { path: 'core/planner', ours: ['core/catalog', 'core/model'], others: [] },
  { path: 'core/front-end.ts', ours: ['core/model'], others: [] },
  {
    path: 'core/pipeline.ts',
    ours: ['core/planner', 'core/catalog', 'core/front-end.ts', 'core/model'],
    others: [],
  },
  {
    path: 'core/typescript',
    ours: ['core/front-end.ts', 'core/catalog', 'core/model'],
    others: ['ts-morph', 'jscodeshift', 'ignore', 'tinyexec', 'tinyglobby', 'node:*'],
  },
  { path: 'transforms', ours: ['core/typescript', 'core/model'], others: [] },
  { path: 'report', ours: ['core/model'], others: ['diff', 'picocolors', 'zod', 'node:path'] },
  {
    path: 'cli',
    ours: ['core', 'transforms', 'report'],
    others: [
      'commander',
      '@commander-js/extra-typings',
      'diff',
      'jiti',
      'picocolors',
      'tinyexec',
      'write-file-atomic',
      'zod',
      'node:*',
    ],
  },
];

const pure = [
  'core/model',
  'core/catalog',
  'core/planner',
  'core/pipeline.ts',
  'core/front-end.ts',
  'report',
];
const product = ['core', 'transforms', 'report', 'cli'];

const onlyAllowedImports: Rule = (files) =>
  sourcesIn(files, product).flatMap(([file, text]) => {
    const layer = layers.find(({ path }) => isIn(file, path));
    if (layer === undefined) return [`${file} belongs to no layer`];
    return importsOf(file, text).flatMap((specifier) => {
      if (!specifier.startsWith('.')) {
        const isAllowed = layer.others.some((other) => matchesPackage(specifier, other));
        return isAllowed ? [] : [`${file} imports ${specifier}`];
      }
      const target = posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.ts');
      const isAllowed = [layer.path, ...layer.ours].some((path) => isIn(target, path));
      return isAllowed ? [] : [`${file} imports ${target}`];
    });
  });

const nobodyImportsTypescript: Rule = (files) =>
  sourcesIn(files, ['']).flatMap(([file, text]) =>
    importsOf(file, text).includes('typescript') ? [`${file} imports typescript`] : [],
  );

const enginesStayInTheFrontEnd: Rule = (files) =>
  sourcesIn(files, [...product, 'bench', 'scripts']).flatMap(([file, text]) =>
    isIn(file, 'core/typescript')
      ? []
      : importsOf(file, text)
          .filter(
            (specifier) => matchesPackage(specifier, 'ts-morph') || matchesPackage(specifier, 'jscodeshift'),
          )
          .map((specifier) => `${file} imports ${specifier}`),
  );

const pureInTheMiddle: Rule = (files) =>
  sourcesIn(files, pure).flatMap(([file, text]) =>
    globalsOf(file, text)
      .filter((name) =>
        ['process', 'console', 'Date', 'Math.random', 'performance', 'globalThis'].includes(name),
      )
      .map((name) => `${file} uses ${name}`),
  );

const effectsOnlyInCli: Rule = (files) =>
  sourcesIn(files, ['core', 'transforms', 'report']).flatMap(([file, text]) => [
    ...globalsOf(file, text)
      .filter((name) => name === 'process' || name === 'console')
      .map((name) => `${file} uses ${name}`),
    ...importsOf(file, text)
      .filter((specifier) => ['node:process', 'node:console', 'write-file-atomic'].includes(specifier))
      .map((specifier) => `${file} imports ${specifier}`),
    ...namesOf(file, text)
      .filter((name) => writers.test(name))
      .map((name) => `${file} uses ${name}`),
  ]);

const writers =
  /^(writeFile|appendFile|createWriteStream|mkdir|mkdtemp|rm|rmdir|unlink|rename|copyFile|cp|chmod|symlink|truncate|utimes)(Sync)?$/;

const threePlacesForEachTransform =
  (ids: readonly string[]): Rule =>
  (files) => [
    ...ids.flatMap((id) => {
      const cases = casesOf(files, `fixtures/transforms/${id}/`);
      return [
        ...(files.has(`transforms/${id}.ts`) ? [] : [`${id} has no transforms/${id}.ts`]),
        ...(files.has(`transforms/${id}.md`) ? [] : [`${id} has no page transforms/${id}.md`]),
        ...(cases.includes('converting') ? [] : [`${id} has no case that converts`]),
        ...(cases.includes('unchanged') ? [] : [`${id} has no case that stays unchanged`]),
      ];
    }),
    ...[...files.keys()]
      .map((file) => /^(?:transforms|fixtures\/transforms)\/([^/]+?)(?:\.(?:ts|md|js)$|\/)/.exec(file)?.[1])
      .filter((id, index, all) => id !== undefined && id !== 'index' && all.indexOf(id) === index)
      .filter((id) => id !== undefined && !ids.includes(id))
      .map((id) => `${id} is no transform of the list`),
    ...[...files.keys()]
      .filter((file) => /^transforms\/.*\.js$/.test(file))
      .map((file) => `${file} is generated and hides its source: node scripts/build-bridges.mjs --remove`),
  ];

/** A case is a folder; one with an `expected` part converts, any other one stays as it is. */
function casesOf(files: Files, folder: string): ('converting' | 'unchanged')[] {
  const parts = new Map<string, Set<string>>();
  for (const file of files.keys()) {
    const [name, part] = file.startsWith(folder) ? file.slice(folder.length).split('/') : [];
    if (name === undefined || part === undefined) continue;
    parts.set(name, (parts.get(name) ?? new Set()).add(part.split('.')[0] ?? part));
  }
  return [...parts.values()].map((names) => (names.has('expected') ? 'converting' : 'unchanged'));
}

/** Spelled in pieces, so that this file obeys its own rule. */
const forbidden: readonly RegExp[] = [
  ['/wo', 'rk/'],
  ['/ro', 'ot/'],
  ['bash_', 'jobs'],
  ['help', 'er-[0-9]'],
  ['iss', 'ues show'],
  ['sha', 'red/(design|style|facts|hazards)'],
  ['a (coding )?sess', 'ion of (the|this) project'],
  ['registry\\.npm', 'js'],
  ['deb\\.deb', 'ian'],
].map((pieces) => new RegExp(pieces.join('')));

const noForbiddenWords: Rule = (files) =>
  [...files].flatMap(([file, text]) =>
    forbidden.flatMap((word) => {
      const found = word.exec(text)?.[0];
      return found === undefined ? [] : [`${file} says ${found}`];
    }),
  );

const lockfileNamesNoHost: Rule = (files) =>
  [...files].flatMap(([file, text]) =>
    /(^|\/)package-lock\.json$/.test(file) && /"resolved":/.test(text) ? [`${file} has "resolved"`] : [],
  );

const architectureIsShort: Rule = (files) => {
  const lines = (files.get('ARCHITECTURE.md') ?? '').split('\n').length;
  if (!files.has('ARCHITECTURE.md')) return ['ARCHITECTURE.md is missing'];
  return lines <= 200 ? [] : [`ARCHITECTURE.md has ${lines} lines`];
};

const dependenciesAreExplained: Rule = (files) => {
  const manifest = JSON.parse(files.get('package.json') ?? '{}');
  const text = files.get('ARCHITECTURE.md') ?? '';
  return Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })
    .filter((name) => !text.includes(`\`${name}\``))
    .map((name) => `ARCHITECTURE.md does not say what ${name} is for`);
};

/** No limit but one: a transform that needs more than 250 lines is more than one concept. */
const transformsFitOnAFewScreens: Rule = (files) =>
  sourcesIn(files, ['transforms'])
    .filter(([, text]) => text.split('\n').length > 250)
    .map(([file, text]) => `${file} has ${text.split('\n').length} lines`);

const rules: readonly {
  name: string;
  rule: Rule;
  planted: Readonly<Record<string, string>>;
  says: string;
}[] = [
  {
    name: 'imports follow the layers',
    rule: onlyAllowedImports,
    planted: { 'core/model/plan.ts': "import { plan } from '../planner/plan.js';" },
    says: 'core/model/plan.ts imports core/planner/plan.ts',
  },
  {
    name: 'nobody imports typescript itself',
    rule: nobodyImportsTypescript,
    planted: { 'bench/speed.ts': "const ts = await import('typescript');" },
    says: 'bench/speed.ts imports typescript',
  },
  {
    name: 'ts-morph and jscodeshift stay in the front end',
    rule: enginesStayInTheFrontEnd,
    planted: { 'transforms/sync-call.ts': "import type { Node } from 'ts-morph';" },
    says: 'transforms/sync-call.ts imports ts-morph',
  },
  {
    name: 'the middle is pure',
    rule: pureInTheMiddle,
    planted: { 'core/planner/plan.ts': 'export const id = Math.random();' },
    says: 'core/planner/plan.ts uses Math.random',
  },
  {
    name: 'only the command line has effects',
    rule: effectsOnlyInCli,
    planted: {
      'core/typescript/log.ts': "import { writeFileSync } from 'node:fs';\nwriteFileSync('a', 'b');",
    },
    says: 'core/typescript/log.ts uses writeFileSync',
  },
  {
    name: 'a transform has its code, its page and its cases',
    rule: threePlacesForEachTransform(transforms.map(({ id }) => id)),
    planted: { 'transforms/new-thing.ts': '' },
    says: 'new-thing is no transform of the list',
  },
  {
    name: 'no text names a machine or a workplace',
    rule: noForbiddenWords,
    planted: { 'docs/how.md': `cd ${['/wo', 'rk/'].join('')}main` },
    says: `docs/how.md says ${['/wo', 'rk/'].join('')}`,
  },
  {
    name: 'lockfiles name no host',
    rule: lockfileNamesNoHost,
    planted: { 'package-lock.json': '{ "resolved": "https://example.org/a.tgz" }' },
    says: 'package-lock.json has "resolved"',
  },
  {
    name: 'ARCHITECTURE.md is short',
    rule: architectureIsShort,
    planted: { 'ARCHITECTURE.md': '\n'.repeat(300) },
    says: 'ARCHITECTURE.md has 301 lines',
  },
  {
    name: 'every dependency is explained',
    rule: dependenciesAreExplained,
    planted: { 'package.json': '{ "dependencies": { "left-pad": "1.0.0" } }' },
    says: 'ARCHITECTURE.md does not say what left-pad is for',
  },
  {
    name: 'transforms fit on a few screens',
    rule: transformsFitOnAFewScreens,
    planted: { 'transforms/long.ts': '\n'.repeat(260) },
    says: 'transforms/long.ts has 261 lines',
  },
];

const repository = readRepository();

describe.each(rules)('$name', ({ rule, planted, says }) => {
  test('in the repository', () => {
    expect(rule(repository)).toEqual([]);
  });

  test('and a planted violation is found', () => {
    expect(rule(new Map([...repository, ...Object.entries(planted)]))).toContain(says);
  });
});

test('a transform without a page or without an unchanged case is found', () => {
  const files = new Map([
    ['transforms/a.ts', ''],
    ['fixtures/transforms/a/reads-a-file/input.js', ''],
    ['fixtures/transforms/a/reads-a-file/expected.js', ''],
  ]);
  expect(threePlacesForEachTransform(['a'])(files)).toEqual([
    'a has no page transforms/a.md',
    'a has no case that stays unchanged',
  ]);
});

test('strings, comments, types and properties are no use of a global', () => {
  const text = "// console\nconst a: Date | null = null;\nconst b = { process: 'console', c: a?.process };";
  expect(globalsOf('a.ts', text).filter((name) => ['Date', 'console', 'process'].includes(name))).toEqual([]);
});

test('the rules look at files', () => {
  expect(sourcesIn(repository, product).length).toBeGreaterThan(30);
});

function readRepository(): Files {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  return new Map(
    listed
      .split('\0')
      .filter((file) => file !== '' && existsSync(join(root, file)))
      .sort()
      .map((file) => [file, readFileSync(join(root, file), 'utf8')]),
  );
}

/** Source files in the folders, without fixtures (those are other people's code). */
function sourcesIn(files: Files, folders: readonly string[]): [string, string][] {
  return [...files].filter(
    ([file]) =>
      /\.(ts|mts|mjs)$/.test(file) &&
      !file.startsWith('fixtures/') &&
      folders.some((folder) => folder === '' || isIn(file, folder)),
  );
}

function isIn(file: string, path: string): boolean {
  return file === path || file.startsWith(`${path}/`);
}

function matchesPackage(specifier: string, name: string): boolean {
  if (name === 'node:*') return specifier.startsWith('node:');
  return specifier === name || specifier.startsWith(`${name}/`);
}

/** Module specifiers of static and dynamic imports, exports and requires. */
function importsOf(file: string, text: string): string[] {
  const found: string[] = [];
  visit(file, text, (node) => {
    if (
      (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
      node.moduleSpecifier !== undefined
    ) {
      if (ts.isStringLiteral(node.moduleSpecifier)) found.push(node.moduleSpecifier.text);
    }
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      if (ts.isStringLiteral(node.argument.literal)) found.push(node.argument.literal.text);
    }
    if (ts.isCallExpression(node)) {
      const [first] = node.arguments;
      const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword;
      const isRequire = ts.isIdentifier(node.expression) && node.expression.text === 'require';
      if ((isImport || isRequire) && first !== undefined && ts.isStringLiteral(first)) found.push(first.text);
    }
  });
  return found;
}

/** Names that are read as values and not declared here; of `Math` only the random part. */
function globalsOf(file: string, text: string): string[] {
  const declared = new Set<string>();
  const used: string[] = [];
  visit(file, text, (node) => {
    if (!ts.isIdentifier(node)) return;
    const { parent } = node;
    if (
      (ts.isParameter(parent) || ts.isVariableDeclaration(parent) || ts.isBindingElement(parent)) &&
      parent.name === node
    ) {
      declared.add(node.text);
    } else if (ts.isPropertyAccessExpression(parent) && parent.expression === node && node.text === 'Math') {
      used.push(`Math.${parent.name.text}`);
    } else if (isValueUse(node)) {
      used.push(node.text);
    }
  });
  return used.filter((name) => !declared.has(name));
}

function isValueUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isMethodDeclaration(parent) || ts.isPropertyDeclaration(parent)) return parent.name !== node;
  return (
    ts.isExpression(node) &&
    !ts.isTypeNode(parent) &&
    !ts.isQualifiedName(parent) &&
    !ts.isTypeElement(parent)
  );
}

/** Every name that is called, imported or read from an object. */
function namesOf(file: string, text: string): string[] {
  const found: string[] = [];
  visit(file, text, (node) => {
    if (ts.isImportSpecifier(node)) found.push((node.propertyName ?? node.name).text);
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { expression, name } = node.expression;
      if (ts.isIdentifier(expression) && /^(fs|fsp|fsPromises)$/.test(expression.text)) found.push(name.text);
    }
  });
  return found;
}

const trees = new Map<string, ts.SourceFile>();

function visit(file: string, text: string, look: (node: ts.Node) => void): void {
  const key = `${file}\0${text}`;
  const tree = trees.get(key) ?? ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  trees.set(key, tree);
  const walk = (node: ts.Node): void => {
    look(node);
    ts.forEachChild(node, walk);
  };
  walk(tree);
}
