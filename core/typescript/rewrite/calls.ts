import { ts } from 'ts-morph';
import type { SyncMember } from '../../catalog/schema.js';
import type { Piece } from '../../model/edit.js';
import { outermost, rangeOf, unwrap } from '../read/syntax.js';
import { receiverOf } from './await-form.js';
import { moduleCallee } from './imports.js';
import { keep, text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

/** `fs.readFileSync(p)` → `await fs.promises.readFile(p)`, in parentheses where the place needs them. */
export function awaitBlockingCall(
  rewriter: Rewriter,
  call: ts.CallExpression,
  member: SyncMember,
  group: string,
): void {
  const callee = calleeOf(rewriter, call, member, group);
  const change = rewriter.change({
    group,
    transform: member.transform,
    node: call,
    title: `${call.expression.getText()} → await`,
    reason: 'the call blocks every other request while it runs',
  });
  const isValueUsed = !ts.isExpressionStatement(outermost(call).parent);
  const isMember = member.awaited.kind === 'member' && isValueUsed;
  const needsParentheses = isMember || !standsFree(call);
  const open = callParenthesis(call);
  const pieces: Piece[] = [text(`${needsParentheses ? '(' : ''}await `), ...callee];
  const file = call.getSourceFile();
  if (member.argumentsToConstructor === true && moveArguments(rewriter, change, call))
    pieces.push(text('()'));
  else pieces.push(keep(file, { start: open, end: call.end }));
  if (needsParentheses) pieces.push(text(')'));
  if (isMember && member.awaited.kind === 'member') pieces.push(text(`.${member.awaited.member}`));
  rewriter.edit(change, call, rangeOf(call), pieces);
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
  if (promise.kind === 'module') return moduleCallee(rewriter, call, promise, group);
  const receiver = keep(call.getSourceFile(), rangeOf(receiverOf(call)));
  if (promise.kind === 'method') return [receiver, text(`.${promise.member}`)];
  return [keep(call.getSourceFile(), rangeOf(call.expression))];
}

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
export function awaitCaller(rewriter: Rewriter, call: ts.CallExpression, group: string): void {
  const change = rewriter.change({
    group,
    transform: 'await-caller',
    node: call,
    title: `await ${call.expression.getText()}(…)`,
    reason: 'the function that it calls is async now',
  });
  const isFree = standsFree(call);
  rewriter.edit(change, call, { start: call.getStart(), end: call.getStart() }, [
    text(isFree ? 'await ' : '(await '),
  ]);
  if (!isFree) rewriter.edit(change, call, { start: call.end, end: call.end }, [text(')')]);
}

/** `using` of an object whose dispose method became async. */
export function awaitUsing(rewriter: Rewriter, list: ts.VariableDeclarationList, group: string): void {
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
    ts.isAwaitExpression(parent) ||
    ts.isThrowStatement(parent) ||
    ts.isSpreadElement(parent)
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
  if (ts.isAsExpression(parent)) return standsFreeAs(parent);
  return (
    ts.isBinaryExpression(parent) &&
    parent.right === call &&
    parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
  );
}

/** `await f() as T` casts the awaited value. */
function standsFreeAs(_cast: ts.AsExpression): boolean {
  return true;
}
