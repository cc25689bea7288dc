/** What stands in the way of a rewrite. Thrown while a function is read, and reported as a refusal of the whole. */

import { ts } from 'ts-morph';
import type { ReasonCode } from '../../catalog/reasons.ts';

export class Obstacle extends Error {
  override readonly name = 'Obstacle';
  readonly code: ReasonCode;
  readonly help: string;
  readonly node: ts.Node;

  constructor(node: ts.Node, code: ReasonCode, message: string, help: string) {
    super(message);
    this.node = node;
    this.code = code;
    this.help = help;
  }
}

/** The code for failure and the code for success cannot be told apart. The error can still be held in a variable that both look at. */
export class Undecided extends Obstacle {
  /** The error parameter. */
  readonly symbol: ts.Symbol;

  constructor(symbol: ts.Symbol, node: ts.Node, message: string, help: string) {
    super(node, 'callback-shape', message, help);
    this.symbol = symbol;
  }
}

export function codeAfter(node: ts.Node, what: string): never {
  throw new Obstacle(
    node,
    'control-flow',
    `Code behind the place where ${what} runs before it is done.`,
    'Move that code in front of the call, or into the callback.',
  );
}

export function misplaced(call: ts.Node): never {
  const name = ts.isCallExpression(call) ? calleeName(call) : call.getText();
  throw new Obstacle(
    call,
    'control-flow',
    `\`${name}\` is called in a loop, a \`try\`, a \`switch\` or an expression, and what follows does not wait for it.`,
    'Write the steps one after another, then run nodelift again.',
  );
}

const longestName = 40;

/** What is called, for a title: of a long chain its start and its last method, `request(app)….end`. */
export function calleeName({ expression }: ts.CallExpression): string {
  const text = expression.getText().replace(/\s+/g, '');
  if (text.length <= longestName) return text;
  if (!ts.isPropertyAccessExpression(expression)) return `${text.slice(0, longestName - 1)}…`;
  let start: ts.Expression = expression;
  for (;;) {
    const callee: ts.Expression = ts.isCallExpression(start) ? start.expression : start;
    if (!ts.isPropertyAccessExpression(callee)) break;
    start = callee.expression;
  }
  const end = `….${expression.name.text}`;
  return (
    start
      .getText()
      .replace(/\s+/g, '')
      .slice(0, longestName - end.length) + end
  );
}
