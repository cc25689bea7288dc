/** A function's body as it will run when it is asynchronous: steps one after another, some of which wait. */

import type { ts } from 'ts-morph';
import type { TextEdit } from '../../engine/source/slice.ts';
import type { Ending } from './chains/endings.ts';
import type { ResultShape } from './shape.ts';
import type { CallbackSite, InlineCallback } from './sites.ts';

export type Step =
  /** A statement, or an expression that becomes one, with edits inside. */
  | { readonly kind: 'keep'; readonly node: ts.Statement | ts.Expression; readonly edits: readonly TextEdit[] }
  | AwaitStep
  /** A statement that only served the callback: it is gone. */
  | { readonly kind: 'drop'; readonly node: ts.Statement | ts.Expression }
  /** The callback passed on as it is: what the call gives is what the function gives. */
  | HandOnStep
  | DetachedStep
  | BranchStep
  | SwitchStep
  | GiveStep
  | GroupStep
  /** A `try` that only passed errors on: its block stands alone. */
  | { readonly kind: 'opened'; readonly node: ts.TryStatement; readonly steps: readonly Step[] }
  /** The end of the function, with its value. */
  | CompleteStep
  /** A chain of promises whose handlers call back: the end of the function too. */
  | { readonly kind: 'chain'; readonly node: ts.Statement | ts.Expression; readonly ending: Ending }
  /** Comments that belonged to nothing that is left. */
  | { readonly kind: 'comments'; readonly comments: readonly ts.CommentRange[]; readonly blankBefore: boolean };

export interface HandOnStep {
  readonly kind: 'hand-on';
  readonly statement: ts.Node;
  readonly site: CallbackSite;
  readonly edits: readonly TextEdit[];
  readonly body?: TaskBody;
}

export interface AwaitStep {
  readonly kind: 'await';
  /** The statement that the call is; its comments come along. */
  readonly statement: ts.Node;
  readonly site: CallbackSite;
  readonly callback: InlineCallback;
  /** The parameters for values that the code mentions, by index; `undefined` for one that it does not. */
  readonly values: readonly (ts.ParameterDeclaration | undefined)[];
  readonly failure: Failure;
  readonly edits: readonly TextEdit[];
  /** Names for results that come in an array, in place of those of parameters. */
  readonly names?: readonly (string | undefined)[] | undefined;
  /** What stands in the place of the call. */
  readonly body?: TaskBody;
  /** Where the result goes, when that is no variable of its own. */
  readonly outlet?: Outlet;
}

/** The result of a function of `async` that became part of the code around it, put where what follows looks for it. */
export interface GiveStep {
  readonly kind: 'give';
  readonly node: ts.Statement | ts.Expression;
  readonly values: readonly ts.Expression[];
  readonly outlet: Outlet;
  /** What is thrown first, if it is an error. */
  readonly unless: ts.Expression | undefined;
  readonly edits: readonly TextEdit[];
}

/** Where a result goes. */
export type Outlet =
  | { readonly kind: 'nowhere' }
  /** Another round begins; what is given is its parameter. */
  | { readonly kind: 'again'; readonly parameter: ts.ParameterDeclaration | undefined }
  /** The parameters of the function that runs next, for those that it uses. */
  | {
      readonly kind: 'parameters';
      readonly parameters: readonly (ts.ParameterDeclaration | undefined)[];
      readonly next: InlineCallback;
      /** There must be as many values: the callback stands behind them. */
      readonly exact: boolean;
    }
  /** A variable. */
  | { readonly kind: 'variable'; readonly name: string }
  /** The list of all results. */
  | { readonly kind: 'list'; readonly list: ResultList };

/** An array of results: the parameter that gets it becomes a variable; where there is none, it has this name. */
export interface ResultList {
  readonly name: string;
}

/** The code of one function of `async`, in the place of the function; or of one that calls itself, as a loop. */
export interface GroupStep {
  readonly kind: 'group';
  readonly fn: InlineCallback;
  readonly steps: readonly Step[];
  /** What its steps give goes to variables that are declared in front of it: there are several ways through it. */
  readonly declares: readonly ts.ParameterDeclaration[];
  /** What the function gave goes to what follows; else it is what the function around it gives. */
  readonly gives: boolean;
  readonly rounds?: { readonly statement: ts.Node; readonly start: ts.CallExpression };
}

/** Functions of `async` that run one after another, as the statements that they become. */
export interface TaskBody {
  readonly steps: readonly GroupStep[];
  /** A loop has one group of steps. */
  readonly loop: TaskLoop | undefined;
  readonly results: ResultList | undefined;
}

export interface TaskLoop {
  readonly list: ts.Expression;
  readonly item: ts.ParameterDeclaration | undefined;
  readonly index: ts.ParameterDeclaration | undefined;
}

/** A call that nothing waits for: code stands behind it. Its callback only deals with the failure. */
export interface DetachedStep {
  readonly kind: 'detached';
  readonly statement: ts.Node;
  readonly site: CallbackSite;
  readonly callback: InlineCallback;
  /** What is done about a failure; nothing when the callback does not look. */
  readonly error: ts.ParameterDeclaration | undefined;
  readonly steps: readonly Step[];
  readonly edits: readonly TextEdit[];
}

export interface BranchStep {
  readonly kind: 'branch';
  readonly node: ts.IfStatement;
  readonly condition: ts.Expression;
  readonly then: readonly Step[];
  readonly otherwise: readonly Step[] | undefined;
  readonly edits: readonly TextEdit[];
  /** Nothing was decided: the statement can be copied with its edits. */
  readonly whole: boolean;
  /** `otherwise` is the code that followed the statement. */
  readonly takesRest?: true;
}

/** A `switch` whose clauses are steps; each of them ends it. */
export interface SwitchStep {
  readonly kind: 'switch';
  readonly node: ts.SwitchStatement;
  readonly clauses: readonly SwitchClause[];
  readonly edits: readonly TextEdit[];
  /** Nothing was decided: the statement can be copied with its edits. */
  readonly whole: boolean;
}

export interface SwitchClause {
  readonly node: ts.CaseOrDefaultClause;
  /** None where it shares those of the next. */
  readonly steps: readonly Step[];
}

export interface CompleteStep {
  readonly kind: 'complete';
  readonly node: ts.Statement | ts.Expression;
  readonly outcome: 'return' | 'throw';
  readonly value: ts.Expression | undefined;
  /** More values, for a function that is given them all. */
  readonly others?: readonly ts.Expression[];
  /** What all of them are put into. */
  readonly shape?: ResultShape | undefined;
  /** What is thrown first, if it is an error: `cb(err, value)` where it is not known which. */
  readonly unless?: ts.Expression;
  readonly edits: readonly TextEdit[];
  /** The bare `return` behind the call of the callback, which the new statement makes needless. */
  readonly drops?: ts.Node;
}

/** What becomes of a failure of the awaited call. */
export type Failure =
  /** It is thrown on. */
  | { readonly kind: 'propagate' }
  /** Nobody looks. */
  | { readonly kind: 'ignore' }
  /** It is held in a variable, `null` when there is none, which the code behind looks at. */
  | { readonly kind: 'capture'; readonly error: ts.ParameterDeclaration }
  | {
      readonly kind: 'handle';
      readonly error: ts.ParameterDeclaration;
      readonly steps: readonly Step[];
      /** Nothing of the callback runs after the handler. */
      readonly ends: boolean;
    };

/** The ways through a step that has several. */
export function waysOf(step: Step): readonly (readonly Step[])[] {
  if (step.kind === 'switch') return step.clauses.map(({ steps }) => steps);
  return step.kind === 'branch' ? [step.then, step.otherwise ?? []] : [];
}

/** The code that the step was. */
export function nodeOf(step: Step): ts.Node | undefined {
  switch (step.kind) {
    case 'await':
    case 'detached':
    case 'hand-on':
      return step.statement;
    case 'keep':
    case 'complete':
    case 'branch':
    case 'switch':
    case 'drop':
    case 'opened':
    case 'give':
    case 'chain':
      return step.node;
    case 'group':
      return step.rounds?.statement ?? step.fn;
    case 'comments':
      return undefined;
  }
}
