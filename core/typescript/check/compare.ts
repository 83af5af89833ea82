import { ts } from 'ts-morph';
import { isFloating } from './floating.js';

/** One diagnostic as it is compared: no position, no machine path. */
export interface Finding {
  /** Relative path. */
  readonly file: string;
  /** UTF-16 offset. */
  readonly start: number;
  readonly code: number;
  readonly message: string;
  /** The source text that it is about. */
  readonly subject: string;
  readonly diagnostic: ts.Diagnostic;
}

/**
 * The findings that were not there before: a difference of multisets of file, code and message. An old finding whose
 * message only names types in other words (a function's signature, printed in full) is still the old one: same file,
 * code and source text, and no promise where there was none.
 */
export function newFindings(before: readonly Finding[], after: readonly Finding[]): readonly Finding[] {
  const gone = [...before];
  const errors = after.filter(isError);
  const fresh = takeAway(gone, errors, (old, now) => old.message === now.message);
  const untold = takeAway(
    gone,
    fresh,
    (old, now) =>
      old.subject === now.subject && (isRetold(old.message, now.message) || isSameMismatch(old, now)),
  );
  return untold.filter((now) => !before.some((old) => isSameAbsence(old, now) || isSameMember(old, now)));
}

/** Something that counts when it is new; what may be a promise that nobody waits for only counts for what was there. */
export function isError({ diagnostic }: Finding): boolean {
  return diagnostic.category === ts.DiagnosticCategory.Error;
}

/** The file said the same before, and may say it once more of what is written a second time. */
export function isRepeated(before: readonly Finding[], now: Finding): boolean {
  return before.some((old) => placeOf(old) === placeOf(now) && old.message === now.message);
}

const unknownMember: ReadonlySet<number> = new Set([2339, 2551]);

/** A member that the file read before where no type has it, as those that a library adds to every object. */
function isSameMember(old: Finding, now: Finding): boolean {
  return (
    unknownMember.has(old.code) &&
    unknownMember.has(now.code) &&
    old.file === now.file &&
    old.subject === now.subject &&
    !now.message.includes('Promise')
  );
}

const cannotInvokeNothing: ReadonlySet<number> = new Set([2721, 2722, 2723]);
const possiblyNothing: ReadonlySet<number> = new Set([2531, 2532, 2533, 18047, 18048, 18049]);

/** Of a callee that may be undefined the compiler says so once, and once more where the call is awaited. */
function isSameAbsence(old: Finding, now: Finding): boolean {
  return (
    cannotInvokeNothing.has(old.code) &&
    possiblyNothing.has(now.code) &&
    old.file === now.file &&
    old.subject === now.subject
  );
}

/** Removes each of `findings` that has a partner in `gone`, and the partner too. Returns the rest. */
function takeAway(
  gone: Finding[],
  findings: readonly Finding[],
  isPartner: (old: Finding, now: Finding) => boolean,
): readonly Finding[] {
  const byPlace = new Map<string, Finding[]>();
  for (const old of gone.splice(0)) {
    const place = placeOf(old);
    byPlace.set(place, [...(byPlace.get(place) ?? []), old]);
  }
  const rest = findings.filter((now) => {
    const candidates = byPlace.get(placeOf(now)) ?? [];
    const index = candidates.findIndex((old) => isPartner(old, now));
    if (index !== -1) candidates.splice(index, 1);
    return index === -1;
  });
  gone.push(...[...byPlace.values()].flat());
  return rest;
}

function placeOf(finding: Finding): string {
  return `${finding.file}\0${finding.code}`;
}

/** True when two messages differ only inside quoted types, none of which turned into a promise. */
function isRetold(old: string, now: string): boolean {
  const oldParts = withoutMembers(old).split("'");
  const nowParts = withoutMembers(now).split("'");
  if (oldParts.length !== nowParts.length) return false;
  return nowParts.every((part, index) => {
    const previous = oldParts[index] ?? '';
    if (part === previous) return true;
    return index % 2 === 1 && mentionsPromise(part) === mentionsPromise(previous);
  });
}

const noOverload = 2769;

/** An argument that fitted no overload of the old function either, for the same reason in the end. */
function isSameMismatch(old: Finding, now: Finding): boolean {
  if (old.code !== noOverload) return false;
  const reason = reasonOf(now.message);
  return reason === reasonOf(old.message) && !reason.includes('Promise');
}

/** What the compiler says last: `Type 'string' is not assignable to type 'BufferEncoding'`. */
function reasonOf(message: string): string {
  return message.slice(message.lastIndexOf('\n') + 1).trim();
}

/** The members that a type has more than another one, of which the compiler lists the first few, in no fixed order. */
function withoutMembers(message: string): string {
  return message.replace(/(missing the following properties from type '[^']*'): [^\n]*/g, '$1');
}

/** A promise as the type itself; one that a printed function returns does not count. */
function mentionsPromise(type: string): boolean {
  return /^(?:typeof )?Promise(?:Like)?\b/.test(type);
}

/** What is needed to turn a diagnostic into a finding. */
export interface FindingContext {
  /** Relative path of a file of the project, `null` for others. */
  readonly relative: (fileName: string) => string | null;
  /** Takes machine paths out of a message. */
  readonly clean: (message: string) => string;
  /** True when implicit `any` in JavaScript counts. */
  readonly checksJs: boolean;
}

/** The finding of a diagnostic, or `null` when it never counts. */
export function findingOf(diagnostic: ts.Diagnostic, context: FindingContext): Finding | null {
  const { file: source, start } = diagnostic;
  if (source === undefined || start === undefined) return null;
  if (diagnostic.category !== ts.DiagnosticCategory.Error && !isFloating(diagnostic)) return null;
  const file = context.relative(source.fileName);
  if (file === null) return null;
  const subject = source.text.slice(start, start + (diagnostic.length ?? 0));
  if (missingModule.has(diagnostic.code) && !isRelative(subject)) return null;
  const isJavaScript = /\.(?:[cm]?js|jsx)$/.test(file);
  if (isJavaScript && !context.checksJs && diagnostic.code >= 7000 && diagnostic.code < 7100) return null;
  const { code, message } = withoutSuggestion(
    diagnostic.code,
    context.clean(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')),
  );
  if (isJavaScript && !context.checksJs) {
    if (isGuess(code, message, source.text)) return null;
    if (isOwnType(code, message, subject)) return null;
    if (isLentMember(code, message, source.text.slice(0, start))) return null;
    if (isSetMember(code, message, source.text.slice(start + subject.length))) return null;
  }
  return { file, start, code, message, subject, diagnostic };
}

/** The codes of messages that only add a name that may have been meant, and of those without it. */
const suggesting: ReadonlyMap<number, number> = new Map([
  [2551, 2339],
  [2552, 2304],
  [2561, 2353],
]);

/** What is in scope decides whether the compiler has another name to offer; the fault is the same. */
function withoutSuggestion(code: number, message: string): Pick<Finding, 'code' | 'message'> {
  const plain = suggesting.get(code);
  return plain === undefined
    ? { code, message }
    : { code: plain, message: message.replace(/ Did you mean '[^']*'\?/, '') };
}

/** How TypeScript is told to write modules says nothing of a file that runs as it stands; its package and its name do. */
const atTopLevel = new Set([1375, 1378, 1431, 1432]);

/**
 * What plain JavaScript is only guessed to mean: a function that keeps `this` in a variable and sets a member of it is
 * taken for a constructor, a variable that is set in a `try`, or in a function, may be nothing behind it.
 */
function isGuess(code: number, message: string, text: string): boolean {
  if (atTopLevel.has(code)) return true;
  if (code === 18047 || code === 18048 || code === 2454) return true;
  // What is caught is `unknown`, or `{}` once it is tested, where the project is strict with its TypeScript.
  if (code === 18046 || code === 2571) return true;
  if (unknownMember.has(code) && message.endsWith("on type '{}'.")) return true;
  // An encoding that a variable holds is any text to the compiler, and the answer text or bytes.
  if (unknownMember.has(code) && textOrBytes.test(message)) return true;
  if (code === 2345 || code === 2769) return isOnlyMaybeNothing(message);
  // Nobody looks at an argument too many.
  if (code === 2554) return hasArgumentsToSpare(message);
  // What a variable may hold is guessed from what it was given first.
  if (code === 2322) return !message.includes('Promise');
  const type = unknownMember.has(code)
    ? /on type '(\(Anonymous function\)|\w+)'/.exec(message)?.[1]
    : undefined;
  if (type === undefined || type.startsWith('(')) return type !== undefined;
  // What Node adds to its errors is not known of one that `instanceof` has told.
  if (/Error$/.test(type)) return true;
  return new RegExp(`\\b${type}\\s*[=:]\\s*(?:async\\s+)?function\\b|\\bfunction\\s+${type}\\b`).test(text);
}

const textOrBytes = /on type '(?:string \| \w*Buffer(?:<\w+>)?|\w*Buffer(?:<\w+>)? \| string)'/;

/** Every argument that does not fit is one that may also be nothing. */
function isOnlyMaybeNothing(message: string): boolean {
  const types = [...message.matchAll(/Argument of type '((?:[^']|'(?! is ))*)' is not assignable/g)];
  return (
    types.length > 0 && types.every(([, type]) => /(?:^|\| )(?:undefined|null)(?: \||$)/.test(type ?? ''))
  );
}

/** `A.prototype.f = function () {}; A.prototype.f.note = text`: with a member of its own, a function is read as another one. */
function isOwnType(code: number, message: string, subject: string): boolean {
  return code === 2322 && message.endsWith(` is not assignable to type 'typeof ${subject}'.`);
}

/** A function that goes by a name may be given any member, as by who stands in for it in a test. */
function isLentMember(code: number, message: string, before: string): boolean {
  return unknownMember.has(code) && /on type '\(.*\) => .*'/s.test(message) && /\w\s*\.\s*$/.test(before);
}

/** `order.note = text`: an object gets a member that the function which made it does not set. */
function isSetMember(code: number, message: string, behind: string): boolean {
  return unknownMember.has(code) && /on type '(?!Promise')\w+'/.test(message) && /^\s*=(?![=>])/.test(behind);
}

function hasArgumentsToSpare(message: string): boolean {
  const found = /^Expected (?:\d+-)?(\d+) arguments?, but got (\d+)\./.exec(message);
  return found !== null && Number(found[2]) > Number(found[1]);
}

/** Packages that are not installed, or have no types: something to install, never an error of the change. */
const missingModule: ReadonlySet<number> = new Set([2307, 2792, 7016, 2688]);

function isRelative(specifier: string): boolean {
  return /^['"`]\.{1,2}(?:\/|['"`]$)/.test(specifier);
}
