import type { ts } from 'ts-morph';
import type { Awaited, CallbackMember, ControlMember, Library } from '../../catalog/schema.js';
import type { Protocol } from './answer-protocol.js';
import type { Simplified } from './error-path.js';
import type { WrittenCallback } from './named-callbacks.js';
import type { FunctionNode } from './session.js';
import type { Settled } from './settled.js';
import type { Absent, Item, Residue } from './split.js';
import { isFunctionNode } from './syntax.js';
import type { Unit } from './unit.js';

/** A call whose continuation can become the rest of the function. */
export interface Site {
  readonly id: string;
  readonly call: ts.CallExpression;
  readonly callee: SiteCallee;
  readonly callback: SiteCallback;
  /** The argument that holds the callback. */
  readonly argument: ts.Expression;
  /** Every `this` of the callback, where the API documents what it is. */
  readonly contexts?: readonly ts.Node[];
  readonly awaited: Awaited;
  /** A promise of all its results is written around the call: its own promise form holds only the first. */
  readonly isWrapped?: boolean;
  /** It rolls back what was done on the connection that the code around it gives back. */
  readonly isRollback?: boolean;
  /** The results that are read as members of the first one. */
  readonly members?: MemberResults;
  /** The call is made by a control call, of a function that it is given by name. */
  readonly reference?: Reference;
  /** The call is a promise whose functions call back. */
  readonly settled?: Settled;
}

export interface MemberResults {
  readonly of: ts.Symbol;
  readonly members: ReadonlyMap<ts.Symbol, string>;
  /** Results that the code sets anew: a variable of their own begins with the member. */
  readonly held: readonly { readonly symbol: ts.Symbol; readonly member: string }[];
  /** Uses where there may be no first result. */
  readonly unsure: ReadonlySet<ts.Node>;
}

/** A function that is given by name, and what it is called with besides its callback. */
export interface Reference {
  readonly callee: ts.Expression;
  readonly given: readonly ts.Expression[];
  /** It is called for each item of a collection, under this name. */
  readonly item: string | null;
}

export type SiteCallee =
  | {
      readonly kind: 'api';
      readonly library: Library;
      readonly owner: string | null;
      readonly name: string;
      readonly member: CallbackMember;
      /** For a control call that stays one: the functions of it that become async. */
      readonly runs?: readonly Task[];
    }
  /** A function of the project that takes a callback itself. */
  | {
      readonly kind: 'own';
      readonly targets: readonly FunctionNode[];
      readonly index: number;
      readonly protocol: Protocol;
    }
  | ControlCallee;

/** A call that runs functions in an order, written as the statements that they consist of. */
export interface ControlCallee {
  readonly kind: 'control';
  readonly library: Library;
  readonly name: string;
  readonly member: ControlMember;
  /** One for each function that runs; a single one for the items of a collection. */
  readonly tasks: readonly Task[];
  /** The collection whose items a single task takes. */
  readonly items: ts.Expression | undefined;
  /** The variable of the list that the tasks wait in, where they are not written at the call. */
  readonly list?: ts.Identifier;
  /** The tasks are the members of an object; their results have names. */
  readonly isNamed: boolean;
}

/** One of the functions that a control call runs. */
export interface Task {
  /** The place of the task among the others: an element, or a property. */
  readonly place: ts.Node;
  readonly key: string | null;
  /** What it gets besides its callback. */
  readonly inputs: readonly ts.ParameterDeclaration[];
  /** The task as a function that answers through its callback. */
  readonly unit: Unit;
  /** The function; for one that is given by name, the name. */
  readonly node: TaskNode | ts.Expression;
  readonly shape: TaskShape;
}

export type TaskNode = ts.FunctionExpression | ts.ArrowFunction | ts.MethodDeclaration;

export type TaskShape =
  /** It calls back at the end of its statements, which can stand where the call stood. */
  | { readonly kind: 'statements'; readonly ending: FinishStep | AwaitStep }
  /** It calls back at the end of each branch of its last statement: its results are assigned there. */
  | { readonly kind: 'branches'; readonly endings: readonly (FinishStep | AwaitStep)[] }
  /** It is the body of a loop, which each of its endings goes on with. */
  | { readonly kind: 'loop'; readonly endings: readonly (FinishStep | AwaitStep)[] }
  /** It calls back in several places: it stays a function, and is async. */
  | { readonly kind: 'function' };

export type SiteCallback =
  | {
      readonly kind: 'inline';
      readonly node: WrittenCallback;
      /** The declaration of a function that is given by its name. */
      readonly statement?: ts.Statement;
    }
  /** The enclosing function's own callback, given by name; `leaves` where a task calls that of the function around it. */
  | { readonly kind: 'own'; readonly name: ts.Identifier; readonly leaves?: boolean }
  /** The framework's `next`, given by name. */
  | { readonly kind: 'next'; readonly name: ts.Identifier }
  | LocalCallback;

/** A local function that several places use, given by name: it is called with what the call answers. */
export interface LocalCallback {
  readonly kind: 'local';
  readonly name: ts.Identifier;
  readonly node: WrittenCallback;
  /** It calls back for the function around it, whose result is its own. */
  readonly answers: boolean;
  /** It does more with an error than to hand it to where a rejection goes. */
  readonly takesError: boolean;
}

/** What a call of the function's own callback says. */
export type Finish =
  | {
      readonly kind: 'value';
      readonly value: ts.Expression | undefined;
      readonly more?: readonly ts.Expression[];
    }
  /** Nothing at all where `reject()` is called without one. */
  | { readonly kind: 'error'; readonly error: ts.Expression | undefined }
  /** `cb(err, value)` where only running tells which; the error is a name, or a member of one. */
  | {
      readonly kind: 'tested';
      readonly error: ts.Expression;
      readonly value: ts.Expression | undefined;
      readonly more?: readonly ts.Expression[];
    };

export interface AwaitStep {
  readonly kind: 'await';
  readonly item: Item;
  readonly site: Site;
  readonly error: ErrorPath;
  readonly success: Flow;
  readonly residues: readonly Residue[];
  /** Mentions of the error where there is none. */
  readonly nulls: readonly Absent[];
  /** Tests of the error that say less where there is one. */
  readonly simplified?: readonly Simplified[];
  /** Every way through the error path leaves the function, though its last statement does not show it. */
  readonly leaves?: boolean;
  /** Code follows the place of the call that must not run after the continuation. */
  readonly isolated: boolean;
  /** Its errors are handled together with those of everything that follows. */
  readonly isWide?: boolean;
}

export type ErrorPath =
  /** The rejection carries it where it went before. */
  | { readonly kind: 'propagates'; readonly flow: Flow }
  | { readonly kind: 'handled'; readonly flow: Flow }
  /** Looked at or not, the code goes on. */
  | { readonly kind: 'tolerated'; readonly flow: Flow }
  /** Kept in a variable, tested as before. */
  | { readonly kind: 'variable' };

/** A call of the function's own callback. */
export interface FinishStep {
  readonly kind: 'finish';
  readonly item: Item;
  readonly finish: Finish;
  readonly isReturn: boolean;
  /** In a task: the callback is that of the function around it, which ends with the call. */
  readonly leaves?: boolean;
  /** The callback was called in a later turn. */
  readonly isDeferred?: boolean;
  /** What ran where no callback was given. */
  readonly instead?: ts.Node;
}

export type Step =
  | { readonly kind: 'plain'; readonly item: Item }
  | FinishStep
  /** The work goes on in a local function, which calls back. */
  | {
      readonly kind: 'relay';
      readonly item: Item;
      readonly call: ts.CallExpression;
      readonly target: ts.Symbol;
      readonly isReturn: boolean;
    }
  /** A statement that only looked for the callback. */
  | { readonly kind: 'needless'; readonly item: ts.Statement }
  | {
      readonly kind: 'release';
      readonly item: Item;
      readonly call: ts.CallExpression;
      readonly resource: ts.Symbol;
      readonly isReturn: boolean;
    }
  /** `connection.rollback();` without a callback, on the way out with an error. */
  | { readonly kind: 'rollback'; readonly item: Item; readonly call: ts.CallExpression }
  | {
      readonly kind: 'branch';
      readonly item: ts.Statement;
      readonly blocks: readonly Flow[];
      readonly isExhaustive: boolean;
    }
  | JoinStep
  /** Code that only counted, or only told others that something had failed. */
  | { readonly kind: 'erased'; readonly item: Item }
  | GatherStep
  | AwaitStep;

/** One of several calls is done; what follows once all of them are is the gathering's. */
export interface JoinStep {
  readonly kind: 'join';
  readonly item: Item;
  readonly isReturn: boolean;
}

/** Calls that run at the same time, or one after another, and what follows when all are done. */
export interface GatherStep {
  readonly kind: 'gather';
  /** The last statement of the span. */
  readonly item: Item;
  readonly shape: GatherShape;
  /** Neighboring statements whose place the gathering takes. */
  readonly span: readonly ts.Statement[];
  /** Those of them that stay, in front. */
  readonly kept: readonly ts.Statement[];
  /** Declarations of counters and guards, which nothing uses any more. */
  readonly counters: readonly ts.VariableDeclaration[];
  /** What each call, or each turn, does. */
  readonly bodies: readonly Flow[];
  /** The call whose answer to an error is the answer of all. */
  readonly answer: AwaitStep | null;
  /** What runs when all are done. */
  readonly after: Flow;
}

export type GatherShape =
  /** `f(…); g(…);` → `await Promise.all([f(…), g(…)])` */
  | { readonly kind: 'siblings' }
  /** `list.forEach(…)` → `await Promise.all(list.map(…))` */
  | {
      readonly kind: 'each';
      readonly list: ts.Expression;
      readonly callback: ts.FunctionExpression | ts.ArrowFunction;
    }
  /** A function that calls itself for what comes next → `for (…)` or `while (…)` */
  | {
      readonly kind: 'serial';
      readonly turn: ts.FunctionDeclaration | ts.FunctionExpression | ts.ArrowFunction;
      /** The test that ends it, and whether it holds at the end or while there is more. */
      readonly test: ts.Expression;
      readonly endsWhen: boolean;
      /** The variable that counts up to the length of a list. */
      /** `var` of the function that has to be `let` in a loop. */
      readonly scoped: readonly ts.VariableDeclarationList[];
      readonly index: {
        readonly name: string;
        readonly start: ts.Expression;
        readonly limit: ts.Expression;
      } | null;
    };

/** Code in the order in which it runs. */
export interface Flow {
  readonly steps: readonly Step[];
}

/** The flows inside of a gathering, in the order in which they run. */
export function partsOf(step: GatherStep): readonly Flow[] {
  return [...step.bodies, step.after];
}

/** Every step of a flow, outer before inner. */
export function eachStep(flow: Flow, visit: (step: Step) => void): void {
  for (const step of flow.steps) {
    visit(step);
    if (step.kind === 'branch') for (const block of step.blocks) eachStep(block, visit);
    if (step.kind === 'gather') for (const part of partsOf(step)) eachStep(part, visit);
    if (step.kind === 'await') {
      if (step.error.kind !== 'variable') eachStep(step.error.flow, visit);
      eachStep(step.success, visit);
    }
  }
}

export function awaitSteps(flow: Flow): AwaitStep[] {
  const found: AwaitStep[] = [];
  eachStep(flow, (step) => {
    if (step.kind === 'await') found.push(step);
  });
  return found;
}

/** Every step of a flow, those of the tasks inside of it included. */
export function eachStepWithTasks(flow: Flow, visit: (step: Step) => void): void {
  eachStep(flow, (step) => {
    visit(step);
    if (step.kind !== 'await') return;
    for (const task of tasksOf(step.site.callee)) eachStepWithTasks(task.unit.flow, visit);
  });
}

/** The functions that a call runs, and that change with it. */
/** The callback of the call has no place for an error. */
export function isErrorless(callee: SiteCallee): boolean {
  switch (callee.kind) {
    case 'api':
      return callee.member.noError === true;
    case 'own':
      return callee.protocol === 'value';
    case 'control':
      return false;
  }
}

export function tasksOf(callee: SiteCallee): readonly Task[] {
  switch (callee.kind) {
    case 'control':
      return callee.tasks;
    case 'api':
      return callee.runs ?? [];
    case 'own':
      return [];
  }
}

/** A unit and the tasks inside of it, which are units, too. */
export function unitsIn(unit: Unit): Unit[] {
  const inner = awaitSteps(unit.flow).flatMap(({ site }) =>
    tasksOf(site.callee).flatMap((task) => unitsIn(task.unit)),
  );
  return [unit, ...inner];
}

/** The sites of a flow, those of the tasks inside of it included. */
export function sitesOf(flow: Flow): Site[] {
  return awaitSteps(flow).flatMap(({ site }) => [
    site,
    ...tasksOf(site.callee).flatMap((task) => sitesOf(task.unit.flow)),
  ]);
}

/** The functions whose code becomes part of the function that makes the call. */
export function foldedFunctions({ callback, callee, settled }: Site): ts.Node[] {
  return [
    ...(settled?.rejected !== undefined && isFunctionNode(settled.rejected) ? [settled.rejected] : []),
    ...(callback.kind === 'inline' ? [callback.node] : []),
    ...tasksOf(callee)
      .map((task) => task.node)
      .filter(isFunctionNode),
  ];
}

/** True when a node of the continuation may run although the call has failed. */
export function mayRunWithError(step: AwaitStep, name: ts.Node): boolean {
  const { error } = step;
  return error.kind === 'variable' || error.kind === 'tolerated' || runsOnlyWithError(step, name);
}

/** True when a node of the continuation runs only where the call has failed. */
export function runsOnlyWithError({ error }: AwaitStep, name: ts.Node): boolean {
  if (error.kind === 'variable') return false;
  return error.flow.steps.some(({ item }) => item.getStart() <= name.getStart() && name.end <= item.end);
}

/** A rollback within a transaction of a connection that is given back behind it. */
export function isRollback({ site }: AwaitStep): boolean {
  return site.isRollback === true;
}
