import { ts } from 'ts-morph';
import type { Signature } from '../read/families.js';
import { callbackAt, familyWithType } from '../read/family-facts.js';
import { rangeOf } from '../read/syntax.js';
import type { Unit } from '../read/unit.js';
import { answerType } from './answer-type.js';
import { rewriteCallbackDocs } from './parameter-docs.js';
import { text } from './pieces.js';
import { isPromise } from './promise-types.js';
import type { Rewriter } from './rewriter.js';

type Described = Exclude<Signature, ts.JSDocSignature>;

const done = new WeakMap<Rewriter, Set<Signature>>();

/** What describes a function that answered through a callback describes one that answers with a promise. */
export function rewriteCallbackSignatures(rewriter: Rewriter, unit: Unit, group: string): void {
  for (const { signature, callback, units } of signaturesOf(rewriter, unit)) {
    const answer = widestAnswer(rewriter, units, callback);
    const change = rewriter.change({
      group,
      transform: 'async-signature',
      node: signature,
      title: `Promise<${answer ?? 'unknown'}>`,
      reason: 'the functions of this type answer with a promise instead of a callback',
    });
    removeParameter(rewriter, change, signature, callback);
    rewriteCallbackDocs(rewriter, change, signature, callback);
    const { type } = signature;
    const promised = `Promise<${answer ?? 'unknown'}>`;
    if (type !== undefined) {
      if (!isPromise(type)) rewriter.edit(change, type, rangeOf(type), [text(promised)]);
      continue;
    }
    const close = signature.getChildren().find((child) => child.kind === ts.SyntaxKind.CloseParenToken);
    if (close !== undefined)
      rewriter.edit(change, signature, { start: close.end, end: close.end }, [text(`: ${promised}`)]);
  }
}

interface Written {
  readonly signature: Described;
  readonly callback: ts.ParameterDeclaration;
  /** The functions that it describes. */
  readonly units: readonly Unit[];
}

/** Signatures of the function that nobody has written yet. */
function signaturesOf(rewriter: Rewriter, unit: Unit): Written[] {
  const { notes } = rewriter;
  const seen = done.get(rewriter) ?? new Set();
  done.set(rewriter, seen);
  const family = familyWithType(notes, unit.root);
  const index = family === undefined ? undefined : callbackAt(notes.candidates, family);
  if (family === undefined || index === undefined) return [];
  const units = family.functions.flatMap((member) => notes.units.get(notes.ids.of(member)) ?? []);
  return family.signatures.flatMap((signature) => {
    if (ts.isJSDocSignature(signature) || seen.has(signature)) return [];
    seen.add(signature);
    const callback = signature.parameters[index];
    return callback === undefined ? [] : [{ signature, callback, units }];
  });
}

/** One of the functions may answer with nothing: then so does the type of all. */
function widestAnswer(
  rewriter: Rewriter,
  units: readonly Unit[],
  callback: ts.ParameterDeclaration,
): string | undefined {
  const answers = units.map((unit) => answerType(rewriter.notes.session, unit, callback));
  return answers.find((answer) => answer?.endsWith('| undefined') === true) ?? answers[0];
}

function removeParameter(
  rewriter: Rewriter,
  change: string,
  signature: Described,
  callback: ts.ParameterDeclaration,
): void {
  const { parameters } = signature;
  const index = parameters.indexOf(callback);
  const [previous, next] = [parameters[index - 1], parameters[index + 1]];
  if (next !== undefined) {
    rewriter.edit(change, signature, { start: callback.getStart(), end: next.getStart() }, []);
    return;
  }
  const start = previous?.end ?? callback.getStart();
  const hasTrailing = parameters.hasTrailingComma === true;
  // The comma of the last line stays behind the parameter that is the last one now.
  const range = hasTrailing
    ? { start: previous === undefined ? start : callback.pos, end: parameters.end }
    : { start, end: callback.end };
  rewriter.edit(change, signature, range, []);
}
