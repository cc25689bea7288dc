/** Is there nothing to wait for? Values that are certainly no promises, in the handlers of a chain. */

import { ts } from 'ts-morph';
import { arrayResults } from '../../../catalog/array-results.ts';
import { originPattern } from '../../../catalog/origin-pattern.ts';
import { unwrapped } from '../../../engine/async/functions.ts';
import type { Program } from '../../../engine/program/program.ts';
import { identifiersIn } from '../../../engine/source/names.ts';
import { isWritten } from '../written.ts';
import type { Link } from './chain.ts';

const plainResults = /^(?:global\.(?:JSON|Math|Number|String|Boolean|Date|Array|Object)\b|path\.)/;
const arrays = originPattern(arrayResults);

/** Is what a function gives that is known by its origin no promise? */
function givesPlainValue(key: string): boolean {
  return plainResults.test(key) || arrays.test(`${key}()`);
}

export class Settled {
  readonly #program: Program;
  readonly #links: readonly Link[];
  /** Calls that give nothing to wait for: `next` of Express, methods of its response. */
  readonly #isQuiet: (callee: ts.Expression) => boolean;

  constructor(program: Program, links: readonly Link[], isQuiet: (callee: ts.Expression) => boolean) {
    this.#program = program;
    this.#links = links;
    this.#isQuiet = isQuiet;
  }

  mayBePromise(expression: ts.Expression): boolean {
    const bare = unwrapped(expression);
    if (
      ts.isLiteralExpression(bare) ||
      ts.isObjectLiteralExpression(bare) ||
      ts.isArrayLiteralExpression(bare) ||
      ts.isTemplateExpression(bare) ||
      ts.isPrefixUnaryExpression(bare) ||
      ts.isTypeOfExpression(bare) ||
      ts.isAwaitExpression(bare) ||
      /^(?:true|false|null|undefined)$/.test(bare.getText())
    ) {
      return false;
    }
    if (ts.isIdentifier(bare) && this.#isSettled(bare)) return false;
    if (ts.isConditionalExpression(bare)) return this.mayBePromise(bare.whenTrue) || this.mayBePromise(bare.whenFalse);
    if (ts.isBinaryExpression(bare)) return this.#mayBinary(bare);
    if (ts.isCallExpression(bare)) {
      if (givesPlainValue(this.#program.originOf(bare.expression)?.key ?? '') || this.#isQuiet(bare.expression)) return false;
    }
    return this.#mayByType(bare);
  }

  /** May a function by name, called as a handler, give a promise? */
  mayGivePromise(handler: ts.Expression): boolean {
    if (givesPlainValue(this.#program.originOf(handler)?.key ?? '') || this.#isQuiet(handler)) return false;
    const signatures = this.#program.checker.getTypeAtLocation(handler).getCallSignatures();
    return signatures.length === 0 || signatures.some((one) => this.#mayBeOfType(one.getReturnType()));
  }

  #mayBinary(node: ts.BinaryExpression): boolean {
    switch (node.operatorToken.kind) {
      case ts.SyntaxKind.AmpersandAmpersandToken:
      case ts.SyntaxKind.BarBarToken:
      case ts.SyntaxKind.QuestionQuestionToken:
        return this.mayBePromise(node.left) || this.mayBePromise(node.right);
      case ts.SyntaxKind.EqualsToken:
      case ts.SyntaxKind.CommaToken:
        return this.mayBePromise(node.right);
      default:
        // Arithmetic and comparisons.
        return false;
    }
  }

  #mayByType(bare: ts.Expression): boolean {
    return this.#mayBeOfType(this.#program.checker.getTypeAtLocation(bare));
  }

  #mayBeOfType(type: ts.Type): boolean {
    const { StringLike, NumberLike, BooleanLike, VoidLike, Null, Never } = ts.TypeFlags;
    // `process.exit()` never gives anything.
    if ((type.flags & (StringLike | NumberLike | BooleanLike | VoidLike | Null | Never)) !== 0) return false;
    return (
      (type.flags & ts.TypeFlags.Object) === 0 ||
      type.getProperty('then') !== undefined ||
      this.#program.checker.typeToString(type) === '{}'
    );
  }

  /** What a handler is given has been waited for already; a local variable is what it was made of. */
  #isSettled(identifier: ts.Identifier): boolean {
    const symbol = this.#program.symbolOf(identifier);
    const declaration = symbol?.valueDeclaration;
    if (symbol === undefined || declaration === undefined) return false;
    if (ts.isVariableDeclaration(declaration)) {
      const { initializer, name } = declaration;
      const once = (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0 || this.#program.definitionOf(symbol) === initializer;
      return ts.isIdentifier(name) && initializer !== undefined && once && !this.mayBePromise(initializer);
    }
    if (!ts.isParameter(declaration)) return false;
    const isHandler = this.#links.some(
      (link) => 'handler' in link && link.kind !== 'finally' && link.handler.kind === 'inline' && link.handler.fn === declaration.parent,
    );
    return isHandler && ts.isIdentifier(declaration.name) && !isReassigned(this.#program, declaration.name, declaration.parent);
  }
}

export function isReassigned(program: Program, name: ts.Identifier, within: ts.Node): boolean {
  const symbol = program.symbolOf(name);
  return identifiersIn(within, name.text).some((one) => program.symbolOf(one) === symbol && isWritten(one));
}
