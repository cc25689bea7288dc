/**
 * What a query's text is made of: literal pieces with the places they stand at in the source, and holes.
 * It is followed through `+`, templates, `join` and variables; what variables hold that are written more than once, `ways.ts` knows.
 */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import type { Range } from '../../engine/text.ts';
import { isWritten } from './assignments.ts';
import { piecesOfCall } from './calls.ts';
import { constantText, possibleTexts } from './constants.ts';
import { endCutBy } from './endings.ts';
import { mappedTexts, type Mapped } from './frames.ts';
import { helperOf, type Helper } from './helpers.ts';
import { characterOffsets, isTextual } from './literals.ts';
import { unwrap } from './unwrap.ts';

/** Literal text in the source, which may be edited. */
export interface Literal {
  readonly kind: 'literal';
  readonly value: string;
  readonly leaf: Leaf;
  /** The source between the quotes; `offsets[n]` is where the character `n` of `value` begins in the file. Behind `value`, for what is cut off its end later. */
  readonly offsets: readonly number[];
}

/** An expression whose text is known, and which stays: a constant, or a choice between several. */
export interface Kept {
  readonly kind: 'kept';
  readonly value: string;
  /** The other texts that it may have. */
  readonly others: readonly string[];
  readonly leaf: Leaf;
  /** The number of a placeholder, `$${params.length}`: which one is not known here. */
  readonly numbers?: true;
}

/** An expression whose text is not known. */
export interface Hole {
  readonly kind: 'hole';
  readonly expression: ts.Expression;
  readonly leaf: Leaf;
  /** It is written as a number, by `%d`. */
  readonly number?: true;
}

export type Segment = Literal | Kept | Hole;

/** An operand of a concatenation, or the whole of a text that is none. */
export interface Leaf {
  readonly kind: 'string' | 'template' | 'other';
  readonly expression: ts.Expression;
  readonly carrier: Carrier;
  /** Where a part of a literal stands, of which other leaves are the rest. */
  readonly literal?: Range;
}

/** An expression that is rewritten as one: its leaves are what `+` joins in it. */
export interface Carrier {
  readonly expression: ts.Expression;
  readonly leaves: Leaf[];
  /** A call that is replaced as a whole when one of its parts is; else what `+` joins. */
  readonly whole: boolean;
  /** The ordinal of the statement that evaluates it, on the way that is read. */
  readonly run: number;
  /** Where it stands if not in the call itself: what else may read the variable. */
  readonly variable?: ts.Symbol;
}

/** What is known of a variable where a text is read. */
export type Value =
  | { readonly kind: 'text'; readonly segments: readonly Segment[] }
  /** An array of texts that is joined later. */
  | { readonly kind: 'list'; readonly items: readonly (readonly Segment[])[] }
  | { readonly kind: 'constant'; readonly value: boolean | number };

/** The statements before a text, on one way through their branches. */
export interface Surroundings {
  /** What the variable holds; undefined for a variable that is not followed. */
  valueOf(identifier: ts.Identifier): Value | undefined;
  /** Which of two expressions a conditional expression is. */
  isTrue(condition: ts.Expression): boolean;
  /** A list was joined that has nothing in it. */
  idle: boolean;
  /** The texts that a function makes, one for each value of a list. */
  turns(mapped: Mapped, variable: ts.Symbol | undefined): Value | undefined;
  /** The text that a function of the program returns. */
  returned(helper: Helper, call: ts.CallExpression, variable: ts.Symbol | undefined): readonly Segment[] | undefined;
  /** The ordinal of the statement that runs: what is read in one run of a statement is read at once. */
  readonly run: number;
}

/** Reads the text that `expression` evaluates to. `undefined` when no part of it is literal. */
export class TextReader {
  readonly #program: Program;
  /** Holes that were found to be no values, to be followed further. */
  readonly #followed: ReadonlySet<ts.Expression>;
  readonly #surroundings: Surroundings | undefined;
  readonly #active = new Set<ts.Symbol>();

  constructor(program: Program, followed: ReadonlySet<ts.Expression>, surroundings?: Surroundings) {
    this.#program = program;
    this.#followed = followed;
    this.#surroundings = surroundings;
  }

  read(expression: ts.Expression): Segment[] | undefined {
    return this.#carried(expression, undefined);
  }

  /** What a variable is given, or what is appended to it. */
  readFor(expression: ts.Expression, variable: ts.Symbol): Segment[] | undefined {
    return this.#carried(expression, variable);
  }

  /** Can the hole be followed further: is it built from pieces? */
  isBuilt(expression: ts.Expression): boolean {
    const inner = unwrap(expression);
    if (ts.isConditionalExpression(inner)) return [inner.whenTrue, inner.whenFalse].some((branch) => this.isBuilt(branch));
    const segments = this.#carried(expression, undefined);
    return segments?.some((segment) => segment.kind !== 'hole') === true;
  }

  #carried(expression: ts.Expression, variable: ts.Symbol | undefined): Segment[] | undefined {
    const inner = unwrap(expression);
    if (ts.isIdentifier(inner)) return this.#variable(inner);
    if (ts.isConditionalExpression(inner) && this.#surroundings !== undefined) {
      const branch = this.#surroundings.isTrue(inner.condition) ? inner.whenTrue : inner.whenFalse;
      return this.#carried(branch, variable) ?? this.whole(branch, variable);
    }
    const joined = this.#joined(inner, variable, true) ?? this.#withoutEnd(inner);
    if (joined !== undefined) return [...joined];
    if (ts.isCallExpression(inner)) return this.#called(inner, variable)?.slice();
    if (!isTextual(inner) && !this.#isJoinedByPlus(inner)) return undefined;
    const carrier = this.#carrier(inner, variable);
    return operands(inner, this.#program).flatMap((operand) => this.#operand(operand, carrier));
  }

  /** `sql + where`, where one of them is known for a text. */
  #isJoinedByPlus(expression: ts.Expression): boolean {
    const inner = unwrap(expression);
    if (ts.isIdentifier(inner) && this.#surroundings?.valueOf(inner)?.kind === 'text') return true;
    if (!ts.isBinaryExpression(inner) || inner.operatorToken.kind !== ts.SyntaxKind.PlusToken) return false;
    return [inner.left, inner.right].some((side) => isString(side, this.#program) || this.#isJoinedByPlus(side));
  }

  #called(call: ts.CallExpression, variable: ts.Symbol | undefined): readonly Segment[] | undefined {
    const pieces = piecesOfCall(this.#program, call);
    if (pieces === undefined) {
      const helper = helperOf(this.#program, call);
      return helper && this.#surroundings?.returned(helper, call, variable);
    }
    const carrier = { ...this.#carrier(call, variable), whole: true };
    // Where the call is replaced anyway, the texts in it are a part of what takes its place.
    const hasHoles = pieces.some(
      (piece) => piece.kind === 'operand' && !isTextual(piece.expression) && possibleTexts(this.#program, piece.expression) === undefined,
    );
    return pieces.flatMap((piece): Segment[] => {
      if (piece.kind === 'operand' && isTextual(piece.expression) && !hasHoles) {
        carrier.leaves.push({ kind: 'other', expression: piece.expression, carrier });
        return this.#carried(piece.expression, undefined) ?? [];
      }
      if (piece.kind === 'operand' && isTextual(piece.expression)) {
        return operands(unwrap(piece.expression), this.#program).flatMap((operand) => this.#operand(operand, carrier));
      }
      if (piece.kind === 'operand') {
        const segments = this.#operand(piece.expression, carrier);
        return piece.as === 'number' ? segments.map((one) => (one.kind === 'hole' ? { ...one, number: true } : one)) : segments;
      }
      const literal = { start: piece.offsets[0] ?? 0, end: piece.offsets.at(-1) ?? 0 };
      const leaf: Leaf = { kind: 'string', expression: piece.node, carrier, literal };
      carrier.leaves.push(leaf);
      return [{ kind: 'literal', value: piece.value, leaf, offsets: piece.offsets }];
    });
  }

  #carrier(expression: ts.Expression, variable: ts.Symbol | undefined): Carrier {
    return { expression, leaves: [], whole: false, run: this.#surroundings?.run ?? 0, ...(variable !== undefined && { variable }) };
  }

  /** A branch, or a value given to a variable, that is a single hole or a constant. */
  whole(expression: ts.Expression, variable: ts.Symbol | undefined): Segment[] {
    return this.#operand(unwrap(expression), this.#carrier(unwrap(expression), variable));
  }

  /** `conditions.join(' AND ')`, where what was pushed is known. */
  #joined(call: ts.Expression, variable: ts.Symbol | undefined, followsMaps = false): Segment[] | undefined {
    if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression) || call.expression.name.text !== 'join')
      return undefined;
    const list = unwrap(call.expression.expression);
    const mapped = followsMaps ? mappedTexts(list) : undefined;
    const value = ts.isIdentifier(list) ? this.#surroundings?.valueOf(list) : mapped && this.#surroundings?.turns(mapped, variable);
    const [separator] = call.arguments;
    const between = separator === undefined ? ',' : constantText(this.#program, separator);
    if (value?.kind !== 'list' || between === undefined) return undefined;
    if (value.items.length === 0 && this.#surroundings !== undefined) this.#surroundings.idle = true;
    const carrier = this.#carrier(call, variable);
    const leaf: Leaf = { kind: 'other', expression: call, carrier };
    carrier.leaves.push(leaf);
    const kept: Kept = { kind: 'kept', value: between, others: [], leaf };
    return value.items.flatMap((item, index) => (index === 0 ? item : [kept, ...item]));
  }

  /** `list.slice(0, -1)`, where what was put into the variable is known. */
  #withoutEnd(call: ts.Expression): readonly Segment[] | undefined {
    const cut = ts.isCallExpression(call) ? endCutBy(call) : undefined;
    const value = cut && this.#surroundings?.valueOf(cut.variable);
    const segments = value?.kind === 'text' ? cut?.from(value.segments) : undefined;
    if (segments !== undefined) for (const mention of cut?.mentions ?? []) this.#surroundings?.valueOf(mention);
    return segments;
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
    const inner = unwrap(expression);
    const held = ts.isIdentifier(inner) ? this.#surroundings?.valueOf(inner) : undefined;
    if (held?.kind === 'text') return [...held.segments];
    const [text, ...others] = possibleTexts(this.#program, expression) ?? [];
    if (text !== undefined) return [{ kind: 'kept', value: text, others, leaf }];
    const follow = this.#followed.has(expression) || (ts.isBinaryExpression(inner) && isTextual(inner)) || ts.isTemplateExpression(inner);
    if (follow || ts.isCallExpression(inner)) {
      const followed = follow ? this.#carried(expression, undefined) : (this.#joined(inner, undefined) ?? this.#withoutEnd(inner));
      if (followed !== undefined) return [...followed];
    }
    return [{ kind: 'hole', expression, leaf }];
  }

  /** A variable that is followed on the way, or one that is declared with a text and never written again. */
  #variable(identifier: ts.Identifier): Segment[] | undefined {
    const held = this.#surroundings?.valueOf(identifier);
    if (held !== undefined) return held.kind === 'text' ? [...held.segments] : undefined;
    const symbol = this.#program.symbolOf(identifier);
    const declaration = symbol?.valueDeclaration;
    if (symbol === undefined || declaration === undefined || this.#active.has(symbol)) return undefined;
    if (!ts.isVariableDeclaration(declaration) || declaration.initializer === undefined || !this.#program.owns(declaration))
      return undefined;
    if (this.#program.references.to(symbol).some((use) => use.parent !== declaration && isWritten(use))) return undefined;
    this.#active.add(symbol);
    const segments = this.#carried(declaration.initializer, symbol);
    this.#active.delete(symbol);
    return segments;
  }
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
