import { ts } from 'ts-morph';
import type { Signature } from '../read/families.js';
import { familyWithType } from '../read/family-facts.js';
import type { FunctionNode } from '../read/session.js';
import { isAsync } from '../read/syntax.js';
import { text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

const done = new WeakMap<Rewriter, Set<Signature>>();

/** The declarations that a function which became async agrees with answer with a promise, too. */
export function rewriteSignatures(rewriter: Rewriter, node: FunctionNode, group: string): void {
  const seen = done.get(rewriter) ?? new Set();
  done.set(rewriter, seen);
  for (const signature of familyWithType(rewriter.notes, node)?.signatures ?? []) {
    if (seen.has(signature)) continue;
    seen.add(signature);
    const type = answerOf(signature);
    if (type === undefined || isPromise(type)) continue;
    const change = rewriter.change({
      group,
      transform: 'async-signature',
      node: signature,
      title: `Promise<${type.getText().replace(/\s+/g, ' ')}>`,
      reason: 'the functions of this type are async now',
    });
    wrapInPromise(rewriter, change, type);
    rewriteJsDoc(rewriter, change, signature);
  }
}

function answerOf(signature: Signature): ts.TypeNode | undefined {
  if (!ts.isJSDocSignature(signature)) return signature.type;
  const { type } = signature;
  return type !== undefined && ts.isJSDocReturnTag(type) ? type.typeExpression?.type : undefined;
}

/** `@returns {T}` of a function or a signature that answers with a promise now. */
export function rewriteJsDoc(
  rewriter: Rewriter,
  change: string,
  node: ts.SignatureDeclaration | Signature,
): void {
  const type = documentedAnswer(node) ?? typedReturn(node);
  if (type !== undefined && !isPromise(type)) wrapInPromise(rewriter, change, type);
}

/** `@returns {T}`; undefined for words in braces, of which only the first is read as a type. */
export function documentedAnswer(node: ts.Node): ts.TypeNode | undefined {
  const type = ts.getJSDocReturnTag(node)?.typeExpression?.type;
  const behind = type?.getSourceFile().text.slice(type.end);
  return behind !== undefined && /^[\s*]*\}/.test(behind) ? type : undefined;
}

/** `@type {(name: string) => T}` of the variable that holds a function. */
function typedReturn(node: ts.Node): ts.TypeNode | undefined {
  const type = ts.getJSDocTypeTag(node)?.typeExpression?.type;
  return type !== undefined && ts.isFunctionTypeNode(type) ? type.type : undefined;
}

/** `T` → `Promise<T>`. */
export function wrapInPromise(rewriter: Rewriter, change: string, type: ts.TypeNode): void {
  rewriter.edit(change, type, { start: type.getStart(), end: type.getStart() }, [text('Promise<')]);
  rewriter.edit(change, type, { start: type.end, end: type.end }, [text('>')]);
}

/** A type that says already that there may be a promise. */
export function isPromise(type: ts.TypeNode): boolean {
  if (ts.isUnionTypeNode(type)) return type.types.some(isPromise);
  return (
    ts.isTypeReferenceNode(type) &&
    /^(?:(?:\w+\.)?[Pp]romise(?:Like)?|MaybePromise|Awaitable)$/.test(type.typeName.getText())
  );
}

/** `ReturnType<typeof load>` of a function that became async is what it was: `Awaited<ReturnType<typeof load>>`. */
export function flushReturnTypes(rewriter: Rewriter): void {
  const { ids, session } = rewriter.notes;
  const groups = new Map<string, string>();
  for (const decision of rewriter.plan.decisions)
    if (decision.kind === 'make-async') groups.set(decision.function, decision.group);
  if (groups.size === 0) return;
  const visit = (node: ts.Node): void => {
    if (ts.isTypeReferenceNode(node) && node.typeName.getText() === 'ReturnType' && !isAwaited(node)) {
      const functions = functionsOf(rewriter, node.typeArguments?.[0]).filter((found) => !isAsync(found));
      const group = functions.map((found) => groups.get(ids.of(found))).find((id) => id !== undefined);
      if (group !== undefined) {
        const change = rewriter.change({
          group,
          transform: 'async-signature',
          node,
          title: `Awaited<${node.getText()}>`,
          reason: 'the function answers with a promise now',
        });
        rewriter.edit(change, node, { start: node.getStart(), end: node.getStart() }, [text('Awaited<')]);
        rewriter.edit(change, node, { start: node.end, end: node.end }, [text('>')]);
      }
    }
    ts.forEachChild(node, visit);
  };
  for (const [path, file] of session.files) if (session.project.editable.has(path)) visit(file);
}

function isAwaited(node: ts.TypeNode): boolean {
  return ts.isTypeReferenceNode(node.parent) && node.parent.typeName.getText() === 'Awaited';
}

/** `typeof load`, `typeof store.load`, `Store['load']`. */
function functionsOf(rewriter: Rewriter, type: ts.TypeNode | undefined): FunctionNode[] {
  const { values } = rewriter.notes;
  if (type === undefined) return [];
  if (ts.isTypeQueryNode(type)) {
    const { exprName } = type;
    const found = ts.isIdentifier(exprName)
      ? values.of(exprName)
      : ts.isIdentifier(exprName.left)
        ? values.of(exprName.left).flatMap((owner) => values.member(owner, exprName.right.text))
        : [];
    return found.flatMap((value) => (value.kind === 'function' ? [value.node] : []));
  }
  if (!ts.isIndexedAccessTypeNode(type) || !ts.isTypeReferenceNode(type.objectType)) return [];
  const key = type.indexType;
  if (!ts.isLiteralTypeNode(key) || !ts.isStringLiteral(key.literal)) return [];
  const name = key.literal.text;
  return values.families.names.declarationsOf(type.objectType.typeName).flatMap((declaration) => {
    const owners = ts.isClassLike(declaration) ? [declaration] : values.families.writtenFor(declaration);
    return owners.flatMap((owner) =>
      ts.isClassLike(owner)
        ? values
            .member({ kind: 'instance', node: owner }, name)
            .flatMap((value) => (value.kind === 'function' ? [value.node] : []))
        : [],
    );
  });
}
