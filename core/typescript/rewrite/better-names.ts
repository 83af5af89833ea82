import { ts } from 'ts-morph';
import { methodOf } from '../read/chain.js';
import { errorSymbol } from '../read/errors.js';
import type { AwaitStep } from '../read/flow.js';
import { unwrap } from '../read/syntax.js';
import type { Rewriter } from './rewriter.js';

const verb =
  /^(?:find|get|load|fetch|list|read|query|select|create|insert|update|delete|remove|count|check|save|add|(?:make|build|calc|calculate|compute|generate|prepare|lookup|search|resolve|parse|render)(?![a-z]))(?:All|One|Many)?/;

/** How a thing is called that somebody has done something to. */
const done: Readonly<Record<string, string>> = {
  find: 'found',
  load: 'loaded',
  fetch: 'fetched',
  create: 'created',
  insert: 'inserted',
  update: 'updated',
  save: 'saved',
  delete: 'deleted',
  remove: 'removed',
  add: 'added',
  register: 'registered',
  publish: 'published',
  populate: 'populated',
  upload: 'uploaded',
  store: 'stored',
  send: 'sent',
  build: 'built',
  parse: 'parsed',
  render: 'rendered',
  filter: 'filtered',
  sort: 'sorted',
  merge: 'merged',
  clone: 'cloned',
  format: 'formatted',
  convert: 'converted',
  decode: 'decoded',
  encode: 'encoded',
  decrypt: 'decrypted',
  encrypt: 'encrypted',
  normalize: 'normalized',
  sanitize: 'sanitized',
  reload: 'reloaded',
};

/** Names that say what kind of thing it is, and not of what. */
const general =
  /^(?:rows?|results?|data|docs?|documents?|text|contents?|buffer|body|items?|list|records?|stats?|files?|reply|response|value|count|total|json|html|obj|object)$/i;

/** Names that say more than a number would: by the callee, what it is asked about, and what it is asked for. */
export function betterNames(rewriter: Rewriter, step: AwaitStep, symbol: ts.Symbol): string[] {
  const { callee } = step.site;
  const call = namedCall(step);
  if (callee.kind === 'control' || call === undefined) return [];
  const { name } = symbol;
  const access = ts.isPropertyAccessExpression(call.expression) ? call.expression : undefined;
  const method = access === undefined ? call.expression.getText() : access.name.text;
  const isError = step.error.kind === 'variable' && errorSymbol(rewriter.notes.session, step)?.name === name;
  if (isError) return [`${method}Error`];
  const candidates: string[] = [];
  const isResult = symbol.declarations?.some(ts.isParameter) === true;
  if (callee.kind === 'own' && isResult) {
    const noun = method.replace(verb, '').replace(/By[A-Z].*$/, '');
    if (noun !== '') candidates.push(lowerFirst(noun));
    else if (access !== undefined && ts.isIdentifier(access.expression) && general.test(name))
      candidates.push(lowerFirst(access.expression.text));
  }
  const key = isResult && general.test(name) ? keyOf(rewriter, symbol) : undefined;
  if (key !== undefined) candidates.push(key);
  const nouns = [tableOf(call), collectionOf(access), ...argumentNouns(call)];
  for (const noun of nouns) if (noun !== undefined) candidates.push(...compound(noun, name));
  if (!isResult) return candidates;
  const referred = callee.kind === 'own' && !general.test(name) ? referredBy(call) : undefined;
  if (referred !== undefined) candidates.push(referred);
  const participle = done[/^[a-z]+/.exec(method)?.[0] ?? ''];
  if (participle !== undefined && !general.test(name)) candidates.push(`${participle}${upperFirst(name)}`);
  if (/^[A-Za-z]\w*$/.test(method)) candidates.push(`${method}Result`);
  return candidates;
}

/** `films` where the result is the value of that key alone, as in `res.json({ films: rows })`. */
function keyOf({ notes: { session } }: Rewriter, symbol: ts.Symbol): string | undefined {
  const keys = session
    .referencesOf(symbol)
    .flatMap(({ parent, pos }) =>
      ts.isPropertyAssignment(parent) && parent.initializer.pos === pos && ts.isIdentifier(parent.name)
        ? [parent.name.text]
        : [],
    );
  const [key, ...more] = keys;
  return key !== undefined && more.length === 0 && !general.test(key) ? key : undefined;
}

/** The call that the result is of; of a promise, what made it. */
function namedCall({ site: { call, settled } }: AwaitStep): ts.CallExpression | undefined {
  if (settled === undefined) return call;
  let made = unwrap(settled.head);
  while (
    ts.isCallExpression(made) &&
    methodOf(made) !== undefined &&
    ts.isPropertyAccessExpression(made.expression)
  )
    made = unwrap(made.expression.expression);
  return ts.isCallExpression(made) ? made : undefined;
}

/** What a call has done to the thing that it gives: a `film` that is saved is the `savedFilm`. */
export function nameByVerb(call: ts.CallExpression, name: string): string | undefined {
  const callee = unwrap(call.expression);
  const method = ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText();
  const participle = done[/^[a-z]+/.exec(method)?.[0] ?? ''];
  return participle === undefined ? undefined : `${participle}${upperFirst(name)}`;
}

/** `rows` of `orders` are `orderRows`; an `order` of them needs no such word. */
function compound(noun: string, name: string): string[] {
  const stem = singular(camel(noun));
  const isSaid = name.toLowerCase().includes(stem.toLowerCase());
  return stem === '' || isSaid ? [] : [lowerFirst(`${stem}${upperFirst(name)}`)];
}

/** What a name becomes where it belongs to the table of a literal query. */
export function namesByTable(call: ts.CallExpression, name: string): string[] {
  const table = tableOf(call);
  return table === undefined ? [] : compound(table, name);
}

/** `users.find(post.authorId, …)` asks for an author. */
function referredBy(call: ts.CallExpression): string | undefined {
  const [first] = call.arguments;
  const node = first === undefined ? undefined : unwrap(first);
  if (node === undefined || !ts.isPropertyAccessExpression(node)) return undefined;
  const noun = /^([a-z]\w*?)(?:_id|Id|ID)$/.exec(node.name.text)?.[1];
  return noun === undefined ? undefined : lowerFirst(camel(noun));
}

/** The table of a literal query, or the procedure that it calls. */
function tableOf(call: ts.CallExpression): string | undefined {
  const [first] = call.arguments;
  if (
    first === undefined ||
    !(ts.isStringLiteralLike(first) || ts.isTemplateExpression(first) || ts.isBinaryExpression(first))
  )
    return undefined;
  return /\b(?:from|into|update|call)\s+[`"]?([A-Za-z_]\w*)/i.exec(first.getText())?.[1];
}

/** `Film.find(…)`, `db.collection('films').find(…)`. */
function collectionOf(access: ts.PropertyAccessExpression | undefined): string | undefined {
  const receiver = access === undefined ? undefined : unwrap(access.expression);
  if (receiver === undefined) return undefined;
  if (ts.isIdentifier(receiver)) return /^[A-Z][a-z]/.test(receiver.text) ? receiver.text : undefined;
  if (!ts.isCallExpression(receiver)) return undefined;
  const [first] = receiver.arguments;
  const callee = unwrap(receiver.expression);
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  if (callee.name.text === 'collection' && first !== undefined && ts.isStringLiteralLike(first))
    return /^[A-Za-z_]\w*$/.test(first.text) ? first.text : undefined;
  return collectionOf(callee);
}

/** What the first argument is about: `countSql`, `templatePath`, `'config.json'`. */
function argumentNouns(call: ts.CallExpression): string[] {
  const [first] = call.arguments;
  const node = first === undefined ? undefined : unwrap(first);
  if (node === undefined) return [];
  if (ts.isStringLiteralLike(node)) {
    const file = /^(?:[\w.-]*\/)*([A-Za-z]\w{2,})\.[a-z]{2,4}$/.exec(node.text)?.[1];
    return file === undefined ? [] : [file === file.toUpperCase() ? file.toLowerCase() : file];
  }
  if (!ts.isIdentifier(node)) return [];
  const noun = /^([a-z]\w*?)(?:Sql|SQL|Query|Statement|Stmt|Path|File|FileName|Filename|Url|Key)$/.exec(
    node.text,
  );
  return noun?.[1] === undefined ? [] : [noun[1]];
}

function camel(name: string): string {
  return name.replace(/_+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function singular(name: string): string {
  if (/ies$/.test(name)) return name.replace(/ies$/, 'y');
  if (/(ss|us|is)$/.test(name)) return name;
  return name.replace(/s$/, '');
}

function lowerFirst(name: string): string {
  return name.slice(0, 1).toLowerCase() + name.slice(1);
}

function upperFirst(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}
