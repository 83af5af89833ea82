import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { keptInLoop } from './awaited-loops.js';
import { type AwaitedChain, type Body, type Chain, isInTry, type Link, type Reaction } from './chain.js';
import { cannotFail } from './given-values.js';
import { hazard } from './hazards.js';
import { alwaysExits } from './syntax.js';

/** What becomes of the value of a chain, and what stands around it. */
export interface Use {
  /** `leaves`: the function ends with it; `goes-on`: code follows in the same function. */
  readonly mode: 'leaves' | 'goes-on';
  /** Whether what follows takes the value. */
  readonly isTaken: boolean;
  /** What follows takes the value apart, which fails where there is none. */
  readonly isTakenApart?: boolean;
  /** A `try` stands around it, so that each promise has to be awaited there. */
  readonly isCovered: boolean;
  /** A framework started it and looks at nothing that it answers: a chain that ends it may stand by itself. */
  readonly isHandler: boolean;
}

export interface Shapes {
  /** The expression is certainly no promise. */
  isPlain(expression: ts.Expression): boolean;
  /** The link only hands errors to where those of the handler go. */
  passesOn(link: Link): boolean;
  /** Nothing runs behind the statement in its function. */
  isTail(statement: ts.Statement, block: ts.Block): boolean;
}

/**
 * The chain as it can be written in statements: chains inside of it that cannot stay expressions.
 *
 * @returns what stands against it where it cannot
 */
export function statementForm(shapes: Shapes, chain: Chain, use: Use): Chain | Hazard {
  const links: Link[] = [];
  const plain = { ...chain, links: chain.links.flatMap((link) => asTwoLinks(shapes, link)) };
  const refusal = linksForm(shapes, plain, plain.links.length, use, links);
  return refusal ?? { ...chain, links };
}

/** `.then(() => true, () => false)`: where its first function cannot fail, the second is a `catch`. */
function asTwoLinks(shapes: Shapes, link: Link): readonly Link[] {
  const { fulfilled, rejected } = link;
  if (fulfilled === undefined || rejected === undefined || !cannotFail(fulfilled, shapes.isPlain))
    return [link];
  return [
    { ...link, rejected: undefined },
    { ...link, kind: 'catch', fulfilled: undefined },
  ];
}

/** Reads the first links of a chain, innermost first. */
function linksForm(shapes: Shapes, chain: Chain, count: number, use: Use, done: Link[]): Hazard | undefined {
  const link = chain.links[count - 1];
  if (link === undefined) return undefined;
  const inner = linksForm(shapes, chain, count - 1, innerUse(shapes, link, use), done);
  if (inner !== undefined) return inner;
  const isPair = link.fulfilled !== undefined && link.rejected !== undefined;
  if (isPair && use.mode === 'goes-on' && !alwaysThrows(link.rejected)) {
    const message = 'what follows runs after either of its two functions';
    return hazard('H-THEN-2', 'blocks', message, link.call, 'move what follows into its first function');
  }
  const fulfilled = reactionForm(shapes, link, link.fulfilled, fulfilledUse(link, use));
  if (fulfilled !== undefined && 'code' in fulfilled) return fulfilled;
  const rejected = reactionForm(shapes, link, link.rejected, rejectedUse(link, use));
  if (rejected !== undefined && 'code' in rejected) return rejected;
  done.push({ ...link, fulfilled, rejected, isHandedOn: endsByPassingOn(shapes, link, use) });
  return undefined;
}

/** How the value in front of a link is used. */
function innerUse(shapes: Shapes, link: Link, use: Use): Use {
  switch (link.kind) {
    case 'then':
    case 'tap':
    case 'spread':
      return {
        mode: 'goes-on',
        isTaken: link.kind === 'tap' ? use.isTaken || takes(link.fulfilled) : takes(link.fulfilled),
        isTakenApart: link.kind !== 'then' || takesApart(link.fulfilled),
        isCovered: use.isCovered || (link.rejected !== undefined && !endsByPassingOn(shapes, link, use)),
        isHandler: use.isHandler,
      };
    case 'catch':
    case 'finally':
      return { ...use, isCovered: use.isCovered || !endsByPassingOn(shapes, link, use) };
  }
}

/** The errors of the chain go on where they would go without the link, and nothing follows. */
function endsByPassingOn(shapes: Shapes, link: Link, use: Use): boolean {
  return use.mode === 'leaves' && !use.isCovered && use.isHandler && shapes.passesOn(link);
}

function fulfilledUse(link: Link, use: Use): Use {
  return link.kind === 'tap' || link.kind === 'finally' ? { ...use, mode: 'goes-on', isTaken: false } : use;
}

function rejectedUse(link: Link, use: Use): Use {
  // Behind its own error the function ends, so that what follows the value is left out.
  return link.fulfilled === undefined ? use : { ...use, mode: 'leaves' };
}

/** The function looks at what it gets. */
export function takes(reaction: Reaction | undefined): boolean {
  if (reaction === undefined) return false;
  return reaction.kind === 'named' ? reaction.takesNothing !== true : reaction.node.parameters.length > 0;
}

function takesApart(reaction: Reaction | undefined): boolean {
  return reaction?.kind === 'inline' && reaction.node.parameters.some(({ name }) => !ts.isIdentifier(name));
}

/** Every way through the function throws. */
export function alwaysThrows(reaction: Reaction | undefined): boolean {
  if (reaction?.kind !== 'inline' || reaction.body.kind !== 'block') return false;
  const { block, returns } = reaction.body;
  return returns.length === 0 && block.statements.some(alwaysExits);
}

function reactionForm(
  shapes: Shapes,
  link: Link,
  reaction: Reaction | undefined,
  use: Use,
): Reaction | Hazard | undefined {
  if (reaction?.kind !== 'inline') return reaction;
  const body = bodyForm(shapes, link, reaction.body, use);
  return 'code' in body ? body : { ...reaction, body };
}

function bodyForm(shapes: Shapes, link: Link, body: Body, use: Use): Body | Hazard {
  if (body.kind === 'nothing') return body;
  if (body.kind === 'expression') {
    const nested = body.nested === undefined ? undefined : statementForm(shapes, body.nested, use);
    return { ...body, nested: nested === undefined || 'code' in nested ? undefined : nested };
  }
  const { block, shape, returns } = body;
  const throws = shape === 'open' && block.statements.some(alwaysExits);
  const isMissing = use.isTakenApart === true && shape === 'open' && !throws && link.kind !== 'catch';
  if (use.mode === 'goes-on' && use.isTaken && isMissing) {
    const message = 'the next function takes a value, and this one returns none';
    return hazard(
      'H-MULTI-RESULT',
      'blocks',
      message,
      block,
      'return the value that the next function takes',
    );
  }
  if (use.mode === 'goes-on' && shape === 'jumps') {
    const message = 'a `return` in the middle of it would end the whole function';
    return hazard('H-EARLY-RETURN', 'blocks', message, block, 'use `else` for what follows the `return`');
  }
  const isAwaited = use.isCovered || use.mode === 'goes-on';
  const caught = returns.find(
    ({ expression }, index) =>
      expression !== undefined &&
      isAwaited &&
      isInTry(returns[index] ?? expression, block) &&
      !shapes.isPlain(expression),
  );
  if (caught !== undefined) {
    const message = 'a promise is returned inside a `try`, which would see its error now';
    return hazard(
      'H-TRY-WIDER',
      'blocks',
      message,
      caught,
      'await the promise inside the `try`, or return it behind it',
    );
  }
  const nested = new Map<ts.Statement, Chain>();
  for (const [statement, chain] of body.nested) {
    if (!ts.isReturnStatement(statement) && !mayEnd(shapes, statement, block, use)) continue;
    const form = statementForm(shapes, chain, use);
    if (!('code' in form)) nested.set(statement, form);
  }
  return { ...body, nested, awaits: awaitsForm(shapes, body, use) };
}

/** Chains that go on with what is behind them, whatever becomes of the function. */
function awaitsForm(
  shapes: Shapes,
  { awaits, block }: Extract<Body, { kind: 'block' }>,
  use: Use,
): readonly AwaitedChain[] {
  return (awaits ?? []).flatMap((one) => {
    const isCovered = use.isCovered || isInTry(one.item, block);
    const isTaken = one.value.kind !== 'nothing';
    const form = statementForm(shapes, one.chain, { mode: 'goes-on', isTaken, isCovered, isHandler: false });
    return 'code' in form || keptInLoop(one.item, block, form) !== undefined ? [] : [{ ...one, chain: form }];
  });
}

/** A chain that nobody waits for ends a handler: nobody sees when it is done, or that it fails. */
function mayEnd(shapes: Shapes, statement: ts.Statement, block: ts.Block, use: Use): boolean {
  return use.isHandler && use.mode === 'leaves' && !use.isCovered && shapes.isTail(statement, block);
}

/** A variable has to hold the value, since it is given in several places. */
export function needsVariable(reaction: Reaction): boolean {
  return reaction.kind === 'inline' && reaction.body.kind === 'block' && reaction.body.shape === 'branches';
}
