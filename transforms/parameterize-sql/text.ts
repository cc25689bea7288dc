/**
 * What a query's text is made of: literal pieces with the places they stand at in the source, and holes.
 * It is followed through `+`, templates, variables with one definition and `+=` in a straight line, or on one way through branches.
 */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { isWritten } from './assignments.ts';
import type { Way } from './branches.ts';
import { possibleTexts } from './constants.ts';
import { unwrap } from './unwrap.ts';

/** Literal text in the source, which may be edited. */
export interface Literal {
  readonly kind: 'literal';
  readonly value: string;
  readonly leaf: Leaf;
  /** The source between the quotes; `offsets[n]` is where the character `n` of `value` begins in the file. */
  readonly offsets: readonly number[];
}

/** An expression whose text is known, and which stays: a constant, or a choice between several. */
export interface Kept {
  readonly kind: 'kept';
  readonly value: string;
  /** The other texts that it may have. */
  readonly others: readonly string[];
  readonly leaf: Leaf;
}

/** An expression whose text is not known. */
export interface Hole {
  readonly kind: 'hole';
  readonly expression: ts.Expression;
  readonly leaf: Leaf;
}

export type Segment = Literal | Kept | Hole;

/** An operand of a concatenation, or the whole of a text that is none. */
export interface Leaf {
  readonly kind: 'string' | 'template' | 'other';
  readonly expression: ts.Expression;
  readonly carrier: Carrier;
}

/** An expression that is rewritten as one: its leaves are what `+` joins in it. */
export interface Carrier {
  readonly expression: ts.Expression;
  readonly leaves: Leaf[];
  /** Where it stands if not in the call itself: what else may read the variable. */
  readonly variable?: ts.Symbol;
}

export interface QueryText {
  readonly segments: readonly Segment[];
}

/** Reads the text that `expression` evaluates to. `undefined` when no part of it is literal. */
export class TextReader {
  readonly #program: Program;
  /** Holes that were found to be no values, to be followed further. */
  readonly #followed: ReadonlySet<ts.Expression>;
  /** The way that is read through the branches that append to a variable. */
  readonly #way: Way | undefined;
  readonly #active = new Set<ts.Symbol>();

  constructor(program: Program, followed: ReadonlySet<ts.Expression>, way?: Way) {
    this.#program = program;
    this.#followed = followed;
    this.#way = way;
  }

  read(expression: ts.Expression): Segment[] | undefined {
    return this.#carried(expression, undefined);
  }

  /** Can the hole be followed further: is it a variable whose text is built from pieces? */
  isBuilt(expression: ts.Expression): boolean {
    const segments = this.#carried(expression, undefined);
    return segments?.some((segment) => segment.kind !== 'hole') === true;
  }

  #carried(expression: ts.Expression, variable: ts.Symbol | undefined): Segment[] | undefined {
    const inner = unwrap(expression);
    if (ts.isIdentifier(inner)) return this.#variable(inner);
    if (!isTextual(inner)) return undefined;
    const carrier: Carrier = { expression: inner, leaves: [], ...(variable !== undefined && { variable }) };
    return operands(inner, this.#program).flatMap((operand) => this.#operand(operand, carrier));
  }

  #operand(operand: ts.Expression, carrier: Carrier): Segment[] {
    const leaf = (kind: Leaf['kind'], expression: ts.Expression): Leaf => {
      const made: Leaf = { kind, expression, carrier };
      carrier.leaves.push(made);
      return made;
    };
    if (ts.isStringLiteral(operand) || ts.isNoSubstitutionTemplateLiteral(operand)) {
      const literal = literalOf(operand, leaf(ts.isStringLiteral(operand) ? 'string' : 'template', operand));
      return literal === undefined ? [{ kind: 'hole', expression: operand, leaf: leaf('other', operand) }] : [literal];
    }
    if (ts.isTemplateExpression(operand)) {
      const own = leaf('template', operand);
      const head = literalOf(operand.head, own);
      const rest = operand.templateSpans.flatMap((span): Segment[] => {
        const text = literalOf(span.literal, own);
        return [...this.#embedded(span.expression, own), ...(text === undefined ? [] : [text])];
      });
      return head === undefined ? rest : [head, ...rest];
    }
    return this.#embedded(operand, leaf('other', operand));
  }

  #embedded(expression: ts.Expression, leaf: Leaf): Segment[] {
    const [text, ...others] = possibleTexts(this.#program, expression) ?? [];
    if (text !== undefined) return [{ kind: 'kept', value: text, others, leaf }];
    const inner = unwrap(expression);
    if (this.#followed.has(expression) || (ts.isBinaryExpression(inner) && isTextual(inner)) || ts.isTemplateExpression(inner)) {
      const followed = this.#carried(expression, undefined);
      if (followed !== undefined) return followed;
    }
    return [{ kind: 'hole', expression, leaf }];
  }

  /** A variable that is declared with a text and afterwards only appended to, by statements of the same block. */
  #variable(identifier: ts.Identifier): Segment[] | undefined {
    const symbol = this.#program.symbolOf(identifier);
    const declaration = symbol?.valueDeclaration;
    if (symbol === undefined || declaration === undefined || this.#active.has(symbol)) return undefined;
    if (!ts.isVariableDeclaration(declaration) || declaration.initializer === undefined || !this.#program.owns(declaration))
      return undefined;
    const appended = this.#appended(symbol, declaration, identifier);
    if (appended === undefined) return undefined;
    this.#active.add(symbol);
    const parts = [declaration.initializer, ...appended].map((part) => this.#carried(part, symbol));
    this.#active.delete(symbol);
    return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
  }

  /** What is appended to the variable between its declaration and `use`; undefined when it is written in any other way. */
  #appended(symbol: ts.Symbol, declaration: ts.VariableDeclaration, use: ts.Identifier): ts.Expression[] | undefined {
    if (this.#way?.use === use) return [...this.#way.appended];
    const block = blockOf(declaration);
    const found: ts.Expression[] = [];
    for (const identifier of this.#program.references.to(symbol)) {
      const { parent } = identifier;
      if (parent === declaration || !isWritten(identifier)) continue;
      if (!ts.isBinaryExpression(parent) || parent.operatorToken.kind !== ts.SyntaxKind.PlusEqualsToken || parent.left !== identifier)
        return undefined;
      const statement = parent.parent;
      if (!ts.isExpressionStatement(statement) || statement.parent !== block || statement.end > use.pos) return undefined;
      found.push(parent.right);
    }
    // A function in between may run later than what follows it, a loop more than once.
    return found.length > 0 && !inSameRun(use, block) ? undefined : found;
  }
}

function blockOf(declaration: ts.VariableDeclaration): ts.Node {
  return declaration.parent.parent.parent;
}

function inSameRun(node: ts.Node, block: ts.Node): boolean {
  for (let current: ts.Node = node; current !== block && !ts.isSourceFile(current); current = current.parent) {
    if (ts.isFunctionLike(current) || ts.isIterationStatement(current, false)) return false;
  }
  return true;
}

/** A string by its own form: a literal, a template, or a concatenation with one of these in it. */
export function isTextual(expression: ts.Expression): boolean {
  const inner = unwrap(expression);
  if (ts.isStringLiteralLike(inner) || ts.isTemplateExpression(inner)) return true;
  return (
    ts.isBinaryExpression(inner) &&
    inner.operatorToken.kind === ts.SyntaxKind.PlusToken &&
    (isTextual(inner.left) || isTextual(inner.right))
  );
}

/** What `+` joins, left to right. `a + b + 'x'` adds before it joins, unless `a` or `b` is a string. */
function operands(expression: ts.Expression, program: Program): ts.Expression[] {
  if (!ts.isBinaryExpression(expression) || expression.operatorToken.kind !== ts.SyntaxKind.PlusToken) return [expression];
  const left = isString(expression.left, program) || !isString(expression.right, program);
  if (!left && ts.isBinaryExpression(expression.left) && !isString(expression.left, program)) return [expression.left, expression.right];
  return [...operands(expression.left, program), expression.right];
}

function isString(expression: ts.Expression, program: Program): boolean {
  return isTextual(expression) || (program.checker.getTypeAtLocation(expression).flags & ts.TypeFlags.StringLike) !== 0;
}

/** Undefined for a literal whose escapes are not understood, such as an invalid one in a tagged template. */
function literalOf(
  node: ts.StringLiteral | ts.NoSubstitutionTemplateLiteral | ts.TemplateHead | ts.TemplateMiddle | ts.TemplateTail,
  leaf: Leaf,
): Literal | undefined {
  const start = node.getStart() + 1;
  const closing = ts.isTemplateHead(node) || ts.isTemplateMiddle(node) ? 2 : 1;
  const raw = node.getSourceFile().text.slice(start, node.end - closing);
  const offsets = characterOffsets(raw, node.text);
  return offsets && { kind: 'literal', value: node.text, leaf, offsets: offsets.map((offset) => start + offset) };
}

/** Where in `raw` each UTF-16 unit of `cooked` begins, and one more for the end. */
function characterOffsets(raw: string, cooked: string): number[] | undefined {
  const offsets: number[] = [];
  let index = 0;
  while (index < raw.length) {
    const match = /^(?:\\(?:u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|0(?!\d)|\r\n|[^])|\r\n|[^])/.exec(
      raw.slice(index, index + 12),
    );
    const [source] = match ?? [''];
    const units = unitsOf(source);
    for (let unit = 0; unit < units; unit += 1) offsets.push(index);
    index += source.length;
  }
  offsets.push(raw.length);
  return offsets.length === cooked.length + 1 ? offsets : undefined;
}

function unitsOf(source: string): number {
  if (/^\\(\r\n|[\r\n\u2028\u2029])$/.test(source)) return 0;
  const code = /^\\u\{([0-9a-fA-F]+)\}$/.exec(source)?.[1];
  return code !== undefined && Number.parseInt(code, 16) > 0xffff ? 2 : 1;
}
