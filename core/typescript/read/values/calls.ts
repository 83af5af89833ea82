import { ts } from 'ts-morph';
import { findFramework } from '../../../catalog/index.js';
import type { RegisterMember } from '../../../catalog/schema.js';
import type { CallNode } from '../session.js';
import type { Registration, Value } from '../values.js';
import type { Follower } from './follower.js';
import { aboveOf, ofThis } from './this.js';

/** Who calls a function of the project. */
export interface CallEdges {
  readonly callers: Map<ts.Node, CallNode[]>;
  readonly registrations: Map<ts.Node, Registration>;
}

/** Writes down for each call what it calls, as far as that is known by now. */
export function collectCalls(follower: Follower, edges: CallEdges): void {
  const seen = new Map<ts.Node, Set<CallNode>>();
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      for (const callee of calleesOf(follower, node)) {
        const target = targetOf(follower, callee);
        if (target !== undefined) addCaller(edges, seen, target, node);
        if (callee.kind === 'member' && ts.isCallExpression(node)) register(follower, edges, callee, node);
      }
    }
    if (ts.isMethodDeclaration(node)) registerDecorated(follower, edges, node);
    ts.forEachChild(node, visit);
  };
  for (const file of follower.session.files.values()) visit(file);
}

/** `super(…)` runs the constructor of the class above. */
function calleesOf(follower: Follower, call: CallNode): readonly Value[] {
  if (call.expression.kind !== ts.SyntaxKind.SuperKeyword) return follower.of(call.expression);
  return ofThis(follower, call.expression).flatMap((value) =>
    value.kind === 'instance' && ts.isClassLike(value.node)
      ? aboveOf(follower, { kind: 'class', node: value.node })
      : [],
  );
}

/** The code that a call of a value runs. */
function targetOf(follower: Follower, callee: Value, seen = new Set<ts.Node>()): ts.Node | undefined {
  if (callee.kind === 'function') return callee.node;
  if (callee.kind !== 'class' || seen.has(callee.node)) return undefined;
  seen.add(callee.node);
  const own = callee.node.members.find((m) => ts.isConstructorDeclaration(m) && m.body !== undefined);
  if (own !== undefined) return own;
  const [above, ...others] = aboveOf(follower, callee);
  return above === undefined || others.length > 0 ? undefined : targetOf(follower, above, seen);
}

function addCaller(
  { callers }: CallEdges,
  seen: Map<ts.Node, Set<CallNode>>,
  target: ts.Node,
  call: CallNode,
): void {
  let set = seen.get(target);
  if (set === undefined) {
    set = new Set();
    seen.set(target, set);
    callers.set(target, []);
  }
  if (set.has(call)) return;
  set.add(call);
  callers.get(target)?.push(call);
}

type Registering = Extract<Value, { kind: 'member' }>;

/** `app.get('/path', handler)` */
function register(
  follower: Follower,
  { registrations }: CallEdges,
  { library, member }: Registering,
  call: ts.CallExpression,
): void {
  if (member.kind !== 'register' || !isAllowed(member, call)) return;
  const { module } = library;
  const contract = findFramework(module)?.contracts[member.contract];
  if (contract === undefined) return;
  for (const argument of call.arguments) {
    for (const handler of ts.isArrayLiteralExpression(argument) ? argument.elements : [argument]) {
      for (const value of follower.of(handler)) {
        if (value.kind === 'function') registrations.set(value.node, { contract, module, call });
      }
    }
  }
}

/** `@Get('path') list() { … }` */
function registerDecorated(
  follower: Follower,
  { registrations }: CallEdges,
  node: ts.MethodDeclaration,
): void {
  for (const { expression: call } of ts.getDecorators(node) ?? []) {
    if (!ts.isCallExpression(call)) continue;
    for (const value of follower.of(call.expression)) {
      if (value.kind !== 'member' || value.member.kind !== 'register') continue;
      const { module } = value.library;
      const contract = findFramework(module)?.contracts[value.member.contract];
      if (contract !== undefined) registrations.set(node, { contract, module, call });
    }
  }
}

/** The first argument says nothing that makes the functions of the call something else. */
function isAllowed({ firstIsNot }: RegisterMember, call: ts.CallExpression): boolean {
  const [first] = call.arguments;
  if (firstIsNot === undefined || first === undefined) return true;
  const words = ts.isArrayLiteralExpression(first) ? first.elements : [first];
  return words.every(
    (word) =>
      ts.isRegularExpressionLiteral(word) ||
      (ts.isStringLiteralLike(word) && !firstIsNot.includes(word.text)),
  );
}
