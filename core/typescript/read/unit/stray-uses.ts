import { ts } from 'ts-morph';
import type { Hazard } from '../../../model/hazard.js';
import { hazard } from '../hazards.js';
import { type Completion, completionParameters, completionSymbols } from '../own-completion.js';
import { unwrap } from '../syntax.js';
import type { Reader } from './reader.js';

/** Uses of the own callback, and of what calls it, that no step accounts for. */
export function strayUses(reader: Reader): Hazard[] {
  const { session, found } = reader;
  const { completion } = reader.answers;
  const declared = declaredBy(completion);
  const uses = [
    ...completionSymbols(completion)
      .flatMap((symbol) => session.referencesOf(symbol))
      .filter((name) => !declared.includes(name)),
    ...reader.known.relays.flatMap(({ symbol, name }) =>
      session.referencesOf(symbol).filter((use) => use !== name),
    ),
  ];
  const stray = uses.find((name) => !found.accounted.has(name) && !found.accounted.has(name.parent));
  if (stray === undefined) return [];
  return [
    hazard(
      'H-BOUND',
      'blocks',
      `its callback \`${stray.text}\` is used in a way that cannot be followed`,
      stray,
      `call \`${stray.text}\` directly, once on every path`,
    ),
  ];
}

/** Calls of the own callback that some step accounts for. */
export function answerCalls(reader: Reader): ts.Node[] {
  return [...reader.found.accounted].flatMap((name) =>
    ts.isCallExpression(name.parent) && name.parent.expression === name ? [name.parent] : [],
  );
}

/** The names that say how a function answers, where they are declared and where it does so in the end. */
function declaredBy(completion: Completion | undefined): readonly ts.Node[] {
  if (completion?.kind !== 'deferred') return completionParameters(completion).map(({ name }) => name);
  const { declaration, answer } = completion;
  const promise = answer.expression === undefined ? undefined : unwrap(answer.expression);
  const owner = promise !== undefined && ts.isPropertyAccessExpression(promise) ? promise.expression : answer;
  return [declaration.name, owner];
}
