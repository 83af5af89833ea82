/**
 * The model of a random callback program. Every tree prints to a program that parses: what refers to something
 * (a variable, a model function) is a number, and the printer takes it modulo what is in sight. So every tree that
 * fast-check shrinks to is a program too.
 */
export interface ProgramTree {
  readonly driver: 'mysql' | 'mysql2';
  readonly isStrict: boolean;
  readonly placement: 'inline' | 'controller' | 'router';
  readonly hasErrorMiddleware: boolean;
  readonly audit: 'logged' | 'ignored' | 'bare';
  readonly models: readonly ModelTree[];
  readonly handlers: readonly HandlerTree[];
}

/** A number that the printer takes modulo the choices at hand. */
export type Pick = number;

export interface HandlerTree {
  readonly method: 'get' | 'post';
  readonly form: 'function' | 'arrow' | 'named';
  readonly hasGuard: boolean;
  readonly body: Body;
}

/** A function with a callback of its own. */
export interface ModelTree {
  readonly file: Pick;
  readonly name: Pick;
  readonly callback: Pick;
  readonly form: 'declaration' | 'property';
  readonly guard: 'none' | 'error' | 'result';
  readonly optional: 'no' | 'default' | 'tested';
  /** Hands its callback to the driver as it is. */
  readonly passesCallback: boolean;
  readonly result: 'row' | 'rows' | 'several' | 'nothing';
  /** How it says that it is done: through its callback, or with a promise that it makes around callbacks. */
  readonly answers: 'callback' | 'promise';
  readonly body: Body;
}

export interface Body {
  readonly statements: readonly Statement[];
  readonly tail: Tail;
}

export type Statement =
  | { readonly kind: 'log'; readonly pick: Pick }
  | { readonly kind: 'comment'; readonly pick: Pick }
  | {
      readonly kind: 'declare';
      readonly keyword: 'var' | 'let' | 'const';
      readonly name: Pick;
      readonly pick: Pick;
    }
  | { readonly kind: 'reassign'; readonly pick: Pick }
  | { readonly kind: 'closure'; readonly pick: Pick }
  | { readonly kind: 'template'; readonly pick: Pick }
  | { readonly kind: 'audit' }
  | { readonly kind: 'call'; readonly call: Call }
  | { readonly kind: 'early'; readonly pick: Pick; readonly finish: Finish }
  | {
      readonly kind: 'loop';
      readonly form: 'for' | 'forEach' | 'for-of';
      readonly pick: Pick;
      readonly error: ErrorTest;
    }
  | { readonly kind: 'listener'; readonly pick: Pick }
  | { readonly kind: 'try'; readonly pick: Pick }
  | { readonly kind: 'blocking'; readonly form: Pick }
  | { readonly kind: 'this'; readonly pick: Pick };

export type Tail =
  | { readonly kind: 'finish'; readonly finish: Finish }
  | { readonly kind: 'call'; readonly call: Call }
  | {
      readonly kind: 'branch';
      readonly pick: Pick;
      readonly yes: Body;
      readonly no: Body;
      readonly form: 'else' | 'early';
    }
  | { readonly kind: 'joined'; readonly pick: Pick; readonly error: ErrorTest; readonly finish: Finish }
  | { readonly kind: 'serial'; readonly pick: Pick; readonly error: ErrorTest; readonly finish: Finish }
  | {
      readonly kind: 'connection';
      readonly release: ReleaseStyle;
      readonly error: ErrorTest;
      readonly call: Call;
    }
  | { readonly kind: 'transaction'; readonly transaction: Transaction }
  | {
      readonly kind: 'flow';
      readonly form: Pick;
      readonly pick: Pick;
      readonly finish: Finish;
      /** What the tasks do; calls of the driver where there is none. */
      readonly tasks: readonly Body[];
    }
  /** A call in a `try`. */
  | { readonly kind: 'tried'; readonly call: Call }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'twice'; readonly finish: Finish }
  | { readonly kind: 'work-after'; readonly finish: Finish; readonly pick: Pick };

/** Where a connection is given back: before each end, before the error test of its last call, or not always. */
export type ReleaseStyle = 'each-end' | 'before-test' | 'after-end' | 'not-on-error' | 'never';

export interface Finish {
  readonly how: Pick;
  readonly value: Pick;
  readonly isReturned: boolean;
}

export interface Call {
  readonly target:
    | {
        readonly kind: 'query';
        readonly verb: 'select' | 'insert' | 'update';
        readonly form: 'text' | 'object' | 'template';
      }
    | { readonly kind: 'model'; readonly pick: Pick }
    | { readonly kind: 'file'; readonly hasEncoding: boolean }
    | { readonly kind: 'timer' };
  readonly argument: Pick;
  readonly form: 'function' | 'arrow' | 'named' | 'reference' | 'hoisted-reference';
  readonly parameters: 'both' | 'error' | 'none' | 'fields' | 'destructured';
  readonly names: { readonly error: Pick; readonly result: Pick };
  readonly error: ErrorTest;
  readonly body: Body;
  readonly isReturned: boolean;
  readonly trailing: 'none' | 'return' | 'log' | 'return-value' | 'assign';
}

export interface ErrorTest {
  readonly kind:
    | 'return'
    | 'return-block'
    | 'respond'
    | 'respond-return'
    | 'else'
    | 'negated-else'
    | 'negated-only'
    | 'missing'
    | 'code-first'
    | 'code-inside'
    | 'tolerate'
    | 'ignore'
    | 'log'
    | 'fall-through'
    | 'throw'
    | 'ternary'
    | 'ladder'
    | 'wrap'
    | 'reset';
  readonly spelling: Pick;
}

export interface Transaction {
  readonly statements: number;
  readonly rollback: 'callback' | 'bare' | 'logged';
  readonly releaseOnCommit: 'before-test' | 'after-test' | 'never';
  readonly releasesOnBeginError: boolean;
  readonly rollsBackCommit: boolean;
  readonly names: Pick;
  readonly finish: Finish;
}
