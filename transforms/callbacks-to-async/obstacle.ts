/** What stands in the way of a rewrite. Thrown while a function is read, and reported as a refusal of the whole. */

import type { ts } from 'ts-morph';
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
