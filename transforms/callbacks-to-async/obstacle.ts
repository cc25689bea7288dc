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
