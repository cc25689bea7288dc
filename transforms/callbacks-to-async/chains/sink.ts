/** Where the value of a part of a chain goes, once the part is written as statements. */

import { ts } from 'ts-morph';

export interface Piece {
  readonly text: string;
  readonly blankBefore: boolean;
}

/** Statements, and whether what follows them can be reached. */
export interface Code {
  readonly pieces: readonly Piece[];
  readonly falls: boolean;
}

/** What a handler gives to the next one. */
export interface Value {
  readonly text: string;
  readonly mayBePromise: boolean;
  /** An `await` in front of it would take only its first part. */
  readonly isCompound: boolean;
  /** To compute it has no effect. */
  readonly isIdle: boolean;
  /** A callback is called for it. */
  readonly isOfCallback?: boolean;
  /** Comments in front of it. */
  readonly lead: string;
  readonly blankBefore: boolean;
}

export type Sink =
  /** It is what the function returns. */
  | { readonly kind: 'return' }
  /** Nothing looks at it, and nothing of the function follows. */
  | { readonly kind: 'end' }
  /** Nothing looks at it; code follows. */
  | { readonly kind: 'drop' }
  /** New bindings; one that is there already, and gets a new value as a whole, where the keyword is ''. */
  | {
      readonly kind: 'bind';
      readonly keyword: string;
      readonly pattern: string;
      readonly type: string;
      readonly names: readonly string[];
      /** The value is in the binding already. */
      readonly isThere?: boolean;
    }
  /** Bindings that are there. */
  | { readonly kind: 'assign'; readonly pattern: string }
  /** It is made into another value first. */
  | { readonly kind: 'wrap'; readonly wrap: (value: string) => string; readonly isQuiet: boolean; readonly inner: Sink };

export const nothing: Code = { pieces: [], falls: true };

/** Leaving the function with a `return` is leaving the code that the sink is for. */
export function isLast(sink: Sink): boolean {
  return sink.kind === 'return' || sink.kind === 'end';
}

/** The statement that gives new bindings their place, and the sink that fills them, for code that does so in more than one place. */
export function opened(sink: Sink, variable: string, semicolon: string): { readonly declared: readonly Piece[]; readonly sink: Sink } {
  if (sink.kind === 'wrap') {
    const inner = opened(sink.inner, variable, semicolon);
    return { declared: inner.declared, sink: { ...sink, inner: inner.sink } };
  }
  if (sink.kind !== 'bind') return { declared: [], sink };
  if (sink.keyword === '') {
    return {
      declared: [{ text: `${sink.pattern} = undefined${semicolon}`, blankBefore: false }],
      sink: { kind: 'assign', pattern: sink.pattern },
    };
  }
  const type = sink.names.length === 1 && sink.names[0] === sink.pattern ? sink.type : '';
  return {
    declared: [{ text: `${variable} ${sink.names.join(', ')}${type}${semicolon}`, blankBefore: false }],
    sink: { kind: 'assign', pattern: sink.pattern },
  };
}

export function awaited(value: Value): string {
  if (!value.mayBePromise) return value.text;
  if (/^await\b/.test(value.text) && !value.isCompound) return value.text;
  return value.isCompound ? `await (${value.text})` : `await ${value.text}`;
}

export function isCompound(node: ts.Expression): boolean {
  return (
    ts.isBinaryExpression(node) ||
    ts.isConditionalExpression(node) ||
    ts.isArrowFunction(node) ||
    ts.isYieldExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node)
  );
}

/** Nothing that happens would be missed. */
export function isIdle(node: ts.Node): boolean {
  switch (node.kind) {
    case ts.SyntaxKind.CallExpression:
    case ts.SyntaxKind.NewExpression:
    case ts.SyntaxKind.TaggedTemplateExpression:
    case ts.SyntaxKind.AwaitExpression:
    case ts.SyntaxKind.YieldExpression:
    case ts.SyntaxKind.DeleteExpression:
    case ts.SyntaxKind.PostfixUnaryExpression:
      return false;
    case ts.SyntaxKind.PropertyAccessExpression:
    case ts.SyntaxKind.ElementAccessExpression:
      // Of `undefined` it throws, which somebody may rely on.
      return false;
    case ts.SyntaxKind.FunctionExpression:
    case ts.SyntaxKind.ArrowFunction:
      return true;
    default:
      break;
  }
  if (ts.isPrefixUnaryExpression(node) && /^(?:\+\+|--)/.test(node.getText())) return false;
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    if (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment) return false;
  }
  return ts.forEachChild(node, (child) => !isIdle(child) || undefined) !== true;
}
