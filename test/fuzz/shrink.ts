/** A value of the kind that program trees consist of. */
type Tree = string | number | boolean | null | readonly Tree[] | { readonly [name: string]: Tree };

/**
 * Makes a tree smaller as long as it stays interesting: parts of lists go, bodies are replaced by bodies inside of them
 * or end at once, numbers become zero, oddities ordinary; the largest parts first.
 */
export async function shrinkTree<T>(
  start: T,
  isInteresting: (tree: T) => Promise<boolean>,
  deadline: number,
): Promise<T> {
  // A program tree is plain data.
  let smallest = start as Tree;
  const tried = new Set<string>();
  const next = (): Tree | undefined => {
    const texts = smallerThan(smallest).map((tree) => ({ tree, text: JSON.stringify(tree) }));
    const open = texts.filter(({ text }) => !tried.has(text));
    const [best] = open.sort((a, b) => a.text.length - b.text.length);
    if (best !== undefined) tried.add(best.text);
    return best?.tree;
  };
  for (let tree = next(); tree !== undefined && Date.now() < deadline; tree = next())
    if (await isInteresting(tree as T)) smallest = tree;
  return smallest as T;
}

/** What an ordinary program has in a place, by the name of the place. */
const ordinary: Readonly<Record<string, Tree>> = {
  driver: 'mysql2',
  isStrict: false,
  placement: 'inline',
  hasErrorMiddleware: false,
  hasGuard: false,
  audit: 'logged',
  guard: 'none',
  optional: 'no',
  passesCallback: false,
  answers: 'callback',
  isReturned: false,
  trailing: 'none',
  parameters: 'both',
  error: { kind: 'return', spelling: 0 },
  release: 'each-end',
  rollback: 'callback',
  releaseOnCommit: 'before-test',
  releasesOnBeginError: true,
  rollsBackCommit: true,
  statements: 1,
  keyword: 'const',
};

const emptyBody: Tree = {
  statements: [],
  tail: { kind: 'finish', finish: { how: 0, value: 0, isReturned: false } },
};

/** Trees with one thing less, the boldest first. */
function smallerThan(tree: Tree): readonly Tree[] {
  if (isList(tree)) {
    const without = tree.map((_, index) => tree.filter((_other, other) => other !== index));
    return [...without, ...tree.flatMap((part, index) => smallerThan(part).map((p) => tree.with(index, p)))];
  }
  if (typeof tree === 'number') return tree === 0 ? [] : [0];
  if (typeof tree !== 'object' || tree === null) return [];
  const bodies = isBody(tree) && !isSame(tree, emptyBody) ? [emptyBody, ...bodiesIn(tree)] : [];
  const places = Object.entries(tree);
  const plainer = places.flatMap(([name, part]): Tree[] => {
    const usual = ordinary[name];
    return usual === undefined || typeof usual !== typeof part || isSame(usual, part)
      ? []
      : [{ ...tree, [name]: usual }];
  });
  const inside = places.flatMap(([name, part]) => smallerThan(part).map((p) => ({ ...tree, [name]: p })));
  return [...bodies, ...plainer, ...inside];
}

/** The bodies in a tree, outer before inner. */
function bodiesIn(tree: Tree): readonly Tree[] {
  if (typeof tree !== 'object' || tree === null) return [];
  const parts: readonly Tree[] = isList(tree) ? tree : Object.values(tree);
  return parts.flatMap((part) => [...(isBody(part) ? [part] : []), ...bodiesIn(part)]);
}

function isBody(tree: Tree): boolean {
  return typeof tree === 'object' && tree !== null && 'statements' in tree && 'tail' in tree;
}

function isList(tree: Tree): tree is readonly Tree[] {
  return Array.isArray(tree);
}

function isSame(a: Tree, b: Tree): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
