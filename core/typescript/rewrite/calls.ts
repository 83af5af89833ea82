import { ts } from 'ts-morph';
import type { SyncMember } from '../../catalog/schema.js';
import type { Piece } from '../../model/edit.js';
import { calleeText } from '../read/callee-text.js';
import { headsOf } from '../read/chain-facts.js';
import { emptyCallback } from '../read/detached.js';
import { isOfParameter } from '../read/starters.js';
import { isAwait, isFunctionNode, outermost, rangeOf, unwrap } from '../read/syntax.js';
import { isListOfLoop, unrollAround } from './array-loops.js';
import { receiverOf } from './await-form.js';
import { askForBytes, leaveOut, needlessOf } from './call-options.js';
import { splitFluent } from './fluent-chains.js';
import { siblingName } from './imports.js';
import { guardBefore } from './line-guards.js';
import { moduleCallee } from './module-forms.js';
import { keep, text } from './pieces.js';
import { promisifiedCallee } from './promisified.js';
import type { Rewriter } from './rewriter.js';
import { awaitAssertion, isAsserted } from './throw-assertions.js';
import { importModule } from './whole-module.js';

/** `fs.readFileSync(p)` → `await fs.promises.readFile(p)`, in parentheses where the place needs them. */
function awaitBlockingCall(
  rewriter: Rewriter,
  call: ts.CallExpression,
  member: SyncMember,
  group: string,
): void {
  unrollAround(rewriter, call, member.transform, group);
  const callee = calleeOf(rewriter, call, member, group);
  const needless = needlessOf(rewriter, call, member);
  const change = rewriter.change({
    group,
    transform: member.transform,
    node: call,
    title: `${calleeText(call.expression)} → await`,
    reason: 'the call blocks every other request while it runs',
    hazards: (member.differs ?? [])
      .filter((message) => message !== needless?.settles)
      .map((message) => ({ code: 'H-TWIN-SHAPE', effect: 'note', message })),
  });
  const isValueUsed = !ts.isExpressionStatement(outermost(call).parent);
  const taken =
    member.awaited.kind === 'member' ? takenApart(rewriter, change, call, member.awaited.member) : false;
  const isMember = member.awaited.kind === 'member' && isValueUsed && !taken;
  const needsParentheses = isMember || !(standsFree(call) || isListOfLoop(rewriter, call, group));
  const open = callParenthesis(call);
  const opening = needsParentheses ? `${guardBefore(call)}(` : '';
  const pieces: Piece[] = [text(`${opening}await `), ...callee];
  const file = call.getSourceFile();
  if (member.argumentsToConstructor === true && moveArguments(rewriter, change, call))
    pieces.push(text('()'));
  else pieces.push(keep(file, { start: open, end: call.end }));
  if (isValueUsed && member.textOption !== undefined)
    askForBytes(rewriter, change, call, member, member.textOption);
  if (needless !== undefined)
    leaveOut(rewriter, change, call, needless, isValueUsed ? member.textOption : undefined);
  if (needsParentheses) pieces.push(text(')'));
  if (isMember && member.awaited.kind === 'member') pieces.push(text(`.${member.awaited.member}`));
  rewriter.edit(change, call, rangeOf(call), pieces);
  askForAsyncForm(rewriter, change, call, callee);
}

/** `const { stdout } = await …`, where the value goes to a variable of its own. */
function takenApart(rewriter: Rewriter, change: string, call: ts.CallExpression, member: string): boolean {
  const { parent } = call;
  if (!ts.isVariableDeclaration(parent) || parent.initializer !== call) return false;
  const { name, type } = parent;
  if (!ts.isIdentifier(name) || type !== undefined || name.getText() !== name.text) return false;
  const bound = name.text === member ? member : `${member}: ${name.text}`;
  const { inside } = rewriter.styleOf(name);
  rewriter.edit(change, name, rangeOf(name), [text(`{${inside}${bound}${inside}}`)]);
  return true;
}

const asked = new WeakMap<Rewriter, Set<ts.Node>>();

/** `if (fs.rmSync) fs.rmSync(p)`: whether there is the function that is called now. */
function askForAsyncForm(
  rewriter: Rewriter,
  change: string,
  call: ts.CallExpression,
  [receiver, member]: readonly Piece[],
): void {
  const old = unwrap(call.expression);
  if (!ts.isPropertyAccessExpression(old) || receiver?.kind !== 'keep' || member?.kind !== 'text') return;
  const done = asked.get(rewriter) ?? new Set<ts.Node>();
  asked.set(rewriter, done);
  for (const test of testsAround(call)) {
    if (test.getText() !== old.getText() || done.has(test)) continue;
    done.add(test);
    rewriter.edit(change, test, rangeOf(test), [text(old.expression.getText() + member.text)]);
  }
}

/** What is known to be there where a call stands, innermost first. */
function testsAround(call: ts.Node): ts.Expression[] {
  const found: ts.Expression[] = [];
  const add = (condition: ts.Expression): void => {
    const test = unwrap(condition);
    if (ts.isPropertyAccessExpression(test)) found.push(test);
    if (ts.isBinaryExpression(test) && isAnd(test)) for (const part of [test.left, test.right]) add(part);
  };
  for (let node = call; !isFunctionNode(node) && !ts.isSourceFile(node); node = node.parent) {
    const { parent } = node;
    if (ts.isIfStatement(parent) && parent.thenStatement === node) add(parent.expression);
    else if (ts.isConditionalExpression(parent) && parent.whenTrue === node) add(parent.condition);
    else if (ts.isBinaryExpression(parent) && parent.right === node && isAnd(parent)) add(parent.left);
  }
  return found;
}

function isAnd({ operatorToken }: ts.BinaryExpression): boolean {
  return operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken;
}

function callParenthesis(call: ts.CallExpression): number {
  return call.typeArguments === undefined
    ? (call
        .getChildren()
        .find((child) => child.kind === ts.SyntaxKind.OpenParenToken)
        ?.getStart() ?? call.expression.end)
    : call.typeArguments.pos - 1;
}

function calleeOf(rewriter: Rewriter, call: ts.CallExpression, member: SyncMember, group: string): Piece[] {
  const { promise } = member;
  const callee = unwrap(call.expression);
  const whole = keep(call.getSourceFile(), rangeOf(call.expression));
  switch (promise.kind) {
    case 'module':
      return moduleCallee(rewriter, call, promise, group);
    case 'method': {
      if (ts.isPropertyAccessExpression(callee))
        return [keep(call.getSourceFile(), rangeOf(callee.expression)), text(`.${promise.member}`)];
      const name = ts.isIdentifier(callee) ? siblingName(rewriter, callee, promise.member, group) : undefined;
      return name === undefined ? unnamed(rewriter, call, whole) : [text(name)];
    }
    case 'receiver': {
      if (ts.isPropertyAccessExpression(callee))
        return [keep(call.getSourceFile(), rangeOf(callee.expression))];
      const module = ts.isIdentifier(callee) ? importModule(rewriter, callee, group) : undefined;
      return module === undefined ? unnamed(rewriter, call, whole) : [text(module.name)];
    }
    case 'promisify': {
      const form = promisifiedCallee(rewriter, { call, isMethod: false, member: promise.member, group });
      return form === undefined ? unnamed(rewriter, call, whole) : [...form.callee];
    }
    case 'same':
    case 'client':
    case 'answer':
    case 'thenable':
      return [whole];
  }
}

/** The async form stands beside a function of which only an alias is at hand. */
function unnamed(rewriter: Rewriter, call: ts.CallExpression, whole: Piece): Piece[] {
  const { session, ids } = rewriter.notes;
  const message = 'its async form cannot be reached from the name that it is called by';
  const at = { file: session.pathOf(call), range: rangeOf(call) };
  const unblock = 'call it as a member of its module';
  rewriter.late({
    call: ids.of(call),
    hazard: { code: 'H-TWIN-SHAPE', effect: 'blocks', message, at, unblock },
  });
  return [whole];
}

/** Adds the option with which the async form answers with bytes, unless the text of the result is all that is used. */
/** `const c = new Client(); c.connectSync(url)`: the new driver takes the address when it is constructed. */
function moveArguments(rewriter: Rewriter, change: string, call: ts.CallExpression): boolean {
  const receiver = unwrap(receiverOf(call));
  if (call.arguments.length === 0 || !ts.isIdentifier(receiver)) return false;
  const declaration = rewriter.notes.session.symbolOf(receiver)?.declarations?.[0];
  const made =
    declaration !== undefined && ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
  if (made === undefined || !ts.isNewExpression(made) || (made.arguments?.length ?? 0) > 0) return false;
  const argumentsText = call.arguments.map((argument) => argument.getText()).join(', ');
  if (made.arguments === undefined)
    rewriter.edit(change, made, { start: made.end, end: made.end }, [text(`(${argumentsText})`)]);
  else
    rewriter.edit(change, made, { start: made.arguments.pos, end: made.arguments.end }, [
      text(argumentsText),
    ]);
  return true;
}

/** Adds `await` to a call of a function that became async. */
function awaitCaller(rewriter: Rewriter, call: ts.CallExpression, group: string): void {
  if (awaitAssertion(rewriter, call, group) || isAsserted(rewriter, call)) return;
  if (splitFluent(rewriter, call, group) || beginsWrittenChain(rewriter, call, group)) return;
  const change = rewriter.change({
    group,
    transform: 'await-caller',
    node: call,
    title: `await ${call.expression.getText()}(…)`,
    reason: 'the function that it calls is async now',
  });
  unrollAround(rewriter, call, 'await-caller', group);
  const isFree = standsFree(call) || isListOfLoop(rewriter, call, group);
  // `await Promise.all(list.map(f))`
  const [opening, closing] = rewriter.notes.gathered.has(call) ? ['Promise.all(', ')'] : ['', ''];
  const before = text(isFree ? `await ${opening}` : `${guardBefore(call)}(await ${opening}`);
  const after = `${closing}${isFree ? '' : ')'}`;
  if (beginsWithCall(call)) {
    const whole = keep(call.getSourceFile(), rangeOf(call));
    rewriter.edit(change, call, rangeOf(call), [before, whole, text(after)]);
    return;
  }
  rewriter.edit(change, call, { start: call.getStart(), end: call.getStart() }, [before]);
  if (after !== '') rewriter.edit(change, call, { start: call.end, end: call.end }, [text(after)]);
}

/** `load().then(f)`: what the chain becomes waits for the call. */
function beginsWrittenChain({ notes, plan }: Rewriter, call: ts.CallExpression, group: string): boolean {
  const seed = [...notes.chains.seeds.values()].find((one) => headsOf([one]).includes(call));
  if (seed === undefined) return false;
  const id = notes.ids.of(seed.call);
  return plan.decisions.some((one) => one.kind === 'convert-call' && one.call === id && one.group === group);
}

/** `f().g()`: what is written around the first call stands inside of what is written around the whole. */
function beginsWithCall(call: ts.CallExpression): boolean {
  let node: ts.Expression = call.expression;
  for (;;) {
    if (ts.isCallExpression(node)) return true;
    if (
      !ts.isPropertyAccessExpression(node) &&
      !ts.isElementAccessExpression(node) &&
      !ts.isNonNullExpression(node)
    )
      return false;
    node = node.expression;
  }
}

/** `using` of an object whose dispose method became async. */
function awaitUsing(rewriter: Rewriter, list: ts.VariableDeclarationList, group: string): void {
  const change = rewriter.change({
    group,
    transform: 'disposable-resource',
    node: list,
    title: 'using → await using',
    reason: 'disposing of the object waits now',
  });
  rewriter.edit(change, list, { start: list.getStart(), end: list.getStart() }, [text('await ')]);
}

/** True where `await f()` needs no parentheses: a statement, an initializer, an argument, a returned value. */
function standsFree(call: ts.CallExpression): boolean {
  const { parent } = call;
  if (ts.isExpressionStatement(parent) || ts.isVariableDeclaration(parent) || ts.isReturnStatement(parent))
    return true;
  if (
    ts.isParenthesizedExpression(parent) ||
    ts.isPropertyAssignment(parent) ||
    ts.isArrayLiteralExpression(parent)
  )
    return true;
  if (
    ts.isTemplateSpan(parent) ||
    isAwait(parent) ||
    ts.isThrowStatement(parent) ||
    ts.isSpreadElement(parent) ||
    ts.isSpreadAssignment(parent)
  )
    return true;
  if (
    ts.isIfStatement(parent) ||
    ts.isWhileStatement(parent) ||
    ts.isSwitchStatement(parent) ||
    ts.isDoStatement(parent)
  )
    return true;
  if (ts.isForOfStatement(parent) && parent.expression === call) return true;
  if (ts.isArrowFunction(parent) && parent.body === call) return true;
  if (ts.isCallExpression(parent) || ts.isNewExpression(parent))
    return parent.arguments?.some((argument) => argument === call) ?? false;
  if (ts.isElementAccessExpression(parent)) return parent.argumentExpression === call;
  // `await f() as T` casts the awaited value.
  if (ts.isAsExpression(parent)) return true;
  if (ts.isConditionalExpression(parent)) return parent.condition !== call;
  return (
    ts.isBinaryExpression(parent) &&
    parent.right === call &&
    parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
  );
}

/** Carries out the decision to await a call of a function that became async; false when the id is none of a call. */
export function awaitCallOf(rewriter: Rewriter, id: string, group: string): boolean {
  const node = rewriter.notes.calls.get(id);
  if (node === undefined || !ts.isCallExpression(node)) return false;
  if (!isAnswerOfUnit(rewriter, node)) awaitCaller(rewriter, node, group);
  return true;
}

/** A call of the callback becomes the result of its function, and whoever is called waits there. */
function isAnswerOfUnit({ notes, plan }: Rewriter, call: ts.CallExpression): boolean {
  return plan.decisions.some(
    (decision) =>
      decision.kind === 'convert-unit' &&
      notes.units.get(decision.function)?.answerCalls.includes(call) === true,
  );
}

/** Carries out the decision to say that nobody waits for a call; false when the id is none of a call. */
export function voidCallOf(rewriter: Rewriter, id: string, group: string): boolean {
  const node = rewriter.notes.calls.get(id);
  if (node === undefined) return false;
  // `return load(id, callback)` hands on what nobody looks at, as before.
  if (
    ts.isCallExpression(node) &&
    rewriter.notes.candidates.calls.get(node)?.kind === 'own' &&
    isReturned(node)
  )
    return true;
  if (ts.isCallExpression(node) && (isLetGo(node) || isOfParameter(rewriter.notes.values, node))) return true;
  const change = rewriter.change({
    group,
    transform: 'await-caller',
    node,
    title: `void ${node.getText().split('(')[0]}(…)`,
    reason: 'the function that it calls is async now, and nobody waits for it, as before',
  });
  const start = startOf(node);
  rewriter.edit(change, node, { start, end: start }, [text('void ')]);
  return true;
}

/** Carries out the decision to let the errors of a call go nowhere; false when the id is none of a call. */
export function detachCallOf(rewriter: Rewriter, id: string, group: string): boolean {
  const node = rewriter.notes.calls.get(id);
  if (node === undefined || !ts.isCallExpression(node)) return false;
  const change = rewriter.change({
    group,
    transform: 'await-caller',
    node,
    title: `${node.expression.getText()}(…).catch(() => {})`,
    reason: 'the function that it calls is async now; without a callback its errors went nowhere',
  });
  const { candidates, values } = rewriter.notes;
  const [target] = values.of(node.expression).flatMap((v) => (v.kind === 'function' ? [v.node] : []));
  const index = target === undefined ? undefined : candidates.ownCallbackOf(target)?.index;
  const empty = index === undefined ? undefined : emptyCallback(values, node, index);
  if (empty !== undefined) {
    const previous = node.arguments[node.arguments.length - 2];
    const start = previous?.end ?? node.arguments.pos;
    rewriter.edit(change, node, { start, end: node.arguments.end }, []);
  }
  rewriter.edit(change, node, { start: node.end, end: node.end }, [text('.catch(() => {})')]);
  return true;
}

/** `void f()` says so already. */
function isLetGo(call: ts.CallExpression): boolean {
  return ts.isVoidExpression(outermost(call).parent);
}

function isReturned(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isParenthesizedExpression(parent)) return isReturned(parent);
  return ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === node);
}

/** The start of a call with its parentheses. */
function startOf(node: ts.Node): number {
  const { parent } = node;
  return ts.isParenthesizedExpression(parent) ? startOf(parent) : node.getStart();
}

/** Carries out the decision to wait at the end of a `using` block; false when the id is none of a `using`. */
export function awaitUsingOf(rewriter: Rewriter, id: string, group: string): boolean {
  const node = rewriter.notes.calls.get(id);
  if (node === undefined || !ts.isVariableDeclarationList(node)) return false;
  awaitUsing(rewriter, node, group);
  return true;
}

/** Carries out the decision to convert a blocking call; false when the id is none of one. */
export function awaitBlockingCallOf(rewriter: Rewriter, id: string, group: string): boolean {
  const node = rewriter.notes.calls.get(id);
  if (node === undefined || !ts.isCallExpression(node)) return false;
  const candidate = rewriter.notes.candidates.calls.get(node);
  if (candidate?.kind !== 'sync') return false;
  awaitBlockingCall(rewriter, node, candidate.member, group);
  return true;
}
