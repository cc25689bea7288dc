/** Expressions whose text is known when the program is read, or is one of a few: literals, choices between them, lookups in a table of them. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { assignmentsTo } from './assignments.ts';
import { unwrap } from './unwrap.ts';

/** More would make the ways to read a query too many. */
const maximumTexts = 24;

/** The one text that the expression always has. */
export function constantText(program: Program, expression: ts.Expression): string | undefined {
  const texts = possibleTexts(program, expression);
  return texts?.length === 1 ? texts[0] : undefined;
}

/** All texts that the expression may have; undefined when they are not known. */
export function possibleTexts(program: Program, expression: ts.Expression): readonly string[] | undefined {
  const texts = new Texts(program).of(expression);
  return texts === undefined ? undefined : [...new Set(texts)];
}

class Texts {
  readonly #program: Program;
  readonly #active = new Set<ts.Symbol>();

  constructor(program: Program) {
    this.#program = program;
  }

  of(expression: ts.Expression): readonly string[] | undefined {
    const inner = unwrap(expression);
    if (ts.isStringLiteralLike(inner) || ts.isNumericLiteral(inner)) return [inner.text];
    if (ts.isTemplateExpression(inner)) {
      return inner.templateSpans.reduce<readonly string[] | undefined>(
        (texts, span) => joined(joined(texts, this.of(span.expression)), [span.literal.text]),
        [inner.head.text],
      );
    }
    if (ts.isConditionalExpression(inner)) return either(this.of(inner.whenTrue), this.of(inner.whenFalse));
    if (ts.isBinaryExpression(inner)) return this.#binary(inner);
    if (ts.isIdentifier(inner)) return this.#variable(inner);
    if (ts.isPropertyAccessExpression(inner)) return this.#defined(this.#program.symbolOf(inner.name));
    if (ts.isElementAccessExpression(inner)) return this.#lookup(inner.expression);
    if (ts.isCallExpression(inner)) return placeholderList(inner);
    return undefined;
  }

  #binary(node: ts.BinaryExpression): readonly string[] | undefined {
    switch (node.operatorToken.kind) {
      case ts.SyntaxKind.PlusToken:
        // A sum of numbers is not the joining of their texts.
        return isText(node.left) || isText(node.right) ? joined(this.of(node.left), this.of(node.right)) : undefined;
      case ts.SyntaxKind.BarBarToken:
      case ts.SyntaxKind.QuestionQuestionToken:
        return either(this.of(node.left), this.of(node.right));
      default:
        return undefined;
    }
  }

  #variable(identifier: ts.Identifier): readonly string[] | undefined {
    const symbol = this.#program.symbolOf(identifier);
    if (symbol?.valueDeclaration === undefined || !ts.isVariableDeclaration(symbol.valueDeclaration)) return this.#defined(symbol);
    const values = assignmentsTo(this.#program, symbol);
    if (values === undefined) return undefined;
    return this.#once(symbol, () => values.map((value) => this.of(value)).reduce(either));
  }

  #defined(symbol: ts.Symbol | undefined): readonly string[] | undefined {
    const definition = symbol && this.#program.definitionOf(symbol);
    return symbol === undefined || definition === undefined ? undefined : this.#once(symbol, () => this.of(definition));
  }

  /** `columns[name]`: one of the texts in the table, or `undefined`, whose text no query has use for. */
  #lookup(table: ts.Expression): readonly string[] | undefined {
    const inner = unwrap(table);
    const symbol = ts.isIdentifier(inner) ? this.#program.symbolOf(inner) : undefined;
    const definition = symbol && this.#program.definitionOf(symbol);
    const object = definition && unwrap(definition);
    if (object === undefined || !ts.isObjectLiteralExpression(object) || object.properties.length === 0) return undefined;
    return object.properties
      .map((property) => (ts.isPropertyAssignment(property) ? this.of(property.initializer) : undefined))
      .reduce(either);
  }

  #once(symbol: ts.Symbol, read: () => readonly string[] | undefined): readonly string[] | undefined {
    if (this.#active.has(symbol)) return undefined;
    this.#active.add(symbol);
    const texts = read();
    this.#active.delete(symbol);
    return texts;
  }
}

function isText(expression: ts.Expression): boolean {
  const inner = unwrap(expression);
  if (ts.isBinaryExpression(inner)) return isText(inner.left) || isText(inner.right);
  return ts.isStringLiteralLike(inner) || ts.isTemplateExpression(inner);
}

function either(left: readonly string[] | undefined, right: readonly string[] | undefined): readonly string[] | undefined {
  return left === undefined || right === undefined ? undefined : [...left, ...right];
}

function joined(left: readonly string[] | undefined, right: readonly string[] | undefined): readonly string[] | undefined {
  if (left === undefined || right === undefined || left.length * right.length > maximumTexts) return undefined;
  return left.flatMap((one) => right.map((other) => one + other));
}

/** `ids.map(() => '?').join(', ')`, `Array(n).fill('?').join()`, `ids.map((_, i) => '$' + (i + 1)).join(', ')`: as many placeholders as there are values. */
function placeholderList(call: ts.CallExpression): readonly string[] | undefined {
  const join = call.expression;
  const [separator] = call.arguments;
  if (!ts.isPropertyAccessExpression(join) || join.name.text !== 'join') return undefined;
  if (separator !== undefined && !(ts.isStringLiteralLike(separator) && /^\s*,\s*$/.test(separator.text))) return undefined;
  const made = unwrap(join.expression);
  if (!ts.isCallExpression(made) || !ts.isPropertyAccessExpression(made.expression)) return undefined;
  const [one] = made.arguments;
  if (one === undefined) return undefined;
  if (made.expression.name.text === 'fill' && ts.isStringLiteralLike(one) && one.text === '?') return ['?'];
  if (made.expression.name.text !== 'map' || !ts.isArrowFunction(one) || ts.isBlock(one.body)) return undefined;
  const body = unwrap(one.body);
  if (ts.isStringLiteralLike(body) && body.text === '?') return ['?'];
  const index = one.parameters[1]?.name.getText();
  const shape = body.getText().replace(/[\s()]/g, '');
  return index !== undefined && (shape === `'$'+${index}+1` || shape === `"$"+${index}+1` || shape === `\`$\${${index}+1}\``)
    ? ['$1']
    : undefined;
}
