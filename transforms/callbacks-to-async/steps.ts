/** A function's body as it will run when it is asynchronous: steps one after another, some of which wait. */

import type { ts } from 'ts-morph';
import type { TextEdit } from '../../engine/source/slice.ts';
import type { CallbackSite, InlineCallback } from './sites.ts';

export type Step =
  /** A statement, or an expression that becomes one, with edits inside. */
  | { readonly kind: 'keep'; readonly node: ts.Statement | ts.Expression; readonly edits: readonly TextEdit[] }
  | AwaitStep
  /** A statement that only served the callback: it is gone. */
  | { readonly kind: 'drop'; readonly node: ts.Statement | ts.Expression }
  /** The callback passed on as it is: what the call gives is what the function gives. */
  | { readonly kind: 'hand-on'; readonly statement: ts.Node; readonly site: CallbackSite; readonly edits: readonly TextEdit[] }
  | DetachedStep
  | BranchStep
  /** A `try` that only passed errors on: its block stands alone. */
  | { readonly kind: 'opened'; readonly node: ts.TryStatement; readonly steps: readonly Step[] }
  /** The end of the function, with its value. */
  | CompleteStep
  /** Comments that belonged to nothing that is left. */
  | { readonly kind: 'comments'; readonly comments: readonly ts.CommentRange[]; readonly blankBefore: boolean };

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
}

export interface CompleteStep {
  readonly kind: 'complete';
  readonly node: ts.Statement | ts.Expression;
  readonly outcome: 'return' | 'throw';
  readonly value: ts.Expression | undefined;
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
    case 'drop':
    case 'opened':
      return step.node;
    case 'comments':
      return undefined;
  }
}
