/** Texts that are clearly SQL, and expressions that are clearly built from pieces of text. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { piecesOfCall } from './calls.ts';
import { possibleTexts } from './constants.ts';
import { isWritten } from './assignments.ts';
import { joinedTexts, mappedTexts } from './frames.ts';
import { functionOf, returnedBy } from './functions.ts';
import { helperOf } from './helpers.ts';
import { isTextual } from './literals.ts';
import type { Segment } from './text.ts';
import { whyNotFollowed } from './undeclared.ts';
import { unwrap } from './unwrap.ts';
import { readWays } from './ways.ts';

const statement =
  /^\s*(?:select\b[^]*\b(?:from|where)\b|insert\s+(?:or\s+\w+\s+|ignore\s+)?into\b|update\b[^]*\bset\b|delete\s+from\b|replace\s+into\b|with\b[^]*\bselect\b)/i;

export function looksLikeSql(segments: readonly Segment[]): boolean {
  return statement.test(segments.map((segment) => (segment.kind === 'hole' ? 'x' : segment.value)).join(''));
}

/** Is the expression put together from texts, one of which is not known? */
export function isBuilt(program: Program, expression: ts.Expression, seen = new Set<ts.Node>()): boolean {
  const inner = unwrap(expression);
  if (seen.has(inner)) return false;
  seen.add(inner);
  if (ts.isConditionalExpression(inner)) {
    return (
      possibleTexts(program, inner) === undefined &&
      [inner.whenTrue, inner.whenFalse].some((branch) => isTextual(branch) || isBuilt(program, branch, seen))
    );
  }
  if (ts.isIdentifier(inner)) return valuesOf(program, inner).some((value) => isTextual(value) || isBuilt(program, value, seen));
  if (ts.isBinaryExpression(inner) && inner.operatorToken.kind === ts.SyntaxKind.PlusToken && !isTextual(inner)) {
    return isBuilt(program, inner.left, seen) || isBuilt(program, inner.right, seen);
  }
  if (ts.isCallExpression(inner))
    return (
      piecesOfCall(program, inner) !== undefined ||
      joinedTexts(inner) !== undefined ||
      helperOf(program, inner) !== undefined ||
      isJoined(program, inner, seen)
    );
  return isTextual(inner);
}

/** What a variable is given and what is appended to it. */
function valuesOf(program: Program, identifier: ts.Identifier): ts.Expression[] {
  const symbol = program.symbolOf(identifier);
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined || !ts.isVariableDeclaration(declaration) || !program.owns(declaration)) return [];
  const initial = declaration.initializer === undefined ? [] : [declaration.initializer];
  return program.references
    .to(symbol)
    .reduce<ts.Expression[]>(
      (all, { parent }) =>
        ts.isBinaryExpression(parent) && ts.isIdentifier(parent.left) && isWritten(parent.left) ? [...all, parent.right] : all,
      initial,
    );
}

/** `conditions.join(' AND ')`, where texts were pushed. */
function isJoined(program: Program, { expression }: ts.CallExpression, seen: Set<ts.Node>): boolean {
  if (!ts.isPropertyAccessExpression(expression) || expression.name.text !== 'join') return false;
  const list = unwrap(expression.expression);
  const symbol = ts.isIdentifier(list) ? program.symbolOf(list) : undefined;
  const definition = symbol && program.definitionOf(symbol);
  if (definition !== undefined && mappedTexts(definition) !== undefined) return true;
  if (symbol === undefined || definition === undefined || !ts.isArrayLiteralExpression(unwrap(definition))) return false;
  const items = program.references.to(symbol).flatMap(({ parent }) => {
    const call = parent.parent;
    return ts.isPropertyAccessExpression(parent) && parent.name.text === 'push' && ts.isCallExpression(call) ? [...call.arguments] : [];
  });
  const elements = (unwrap(definition) as ts.ArrayLiteralExpression).elements;
  return [...elements, ...items].some((item) => isTextual(item) || isBuilt(program, item, seen));
}

/** @returns how the text is built, when it is built by a call that is not followed */
export function builtByCall(program: Program, text: ts.Expression): string | undefined {
  const inner = unwrap(text);
  if (ts.isIdentifier(inner)) {
    const symbol = program.symbolOf(inner);
    if (symbol === undefined) return whyNotFollowed(program, inner);
    const definition = program.definitionOf(symbol);
    return definition === undefined || ts.isIdentifier(unwrap(definition)) ? undefined : builtByCall(program, definition);
  }
  if (!ts.isCallExpression(inner)) return undefined;
  const { expression } = inner;
  if (program.originOf(expression)?.key === 'util.format') return 'The text is built by `util.format`.';
  const returned = returnedText(program, inner);
  if (returned !== undefined) return returned;
  if (!ts.isPropertyAccessExpression(expression)) return undefined;
  const method = expression.name.text;
  if (!['concat', 'replace', 'replaceAll', 'join'].includes(method)) return undefined;
  const receiver = unwrap(expression.expression);
  const literal = isTextual(receiver) || (ts.isArrayLiteralExpression(receiver) && receiver.elements.some((element) => isTextual(element)));
  return literal && possibleTexts(program, inner) === undefined ? `The text is built by \`${method}\`.` : undefined;
}

/** `update(request.body)`, where a function of the program puts the whole statement together. */
function returnedText(program: Program, { expression }: ts.CallExpression): string | undefined {
  const name = ts.isPropertyAccessExpression(expression) ? expression.name : expression;
  const symbol = program.symbolOf(name);
  const owner = symbol && functionOf(program, symbol);
  const isStatement =
    owner !== undefined &&
    returnedBy(owner).some((text) => {
      const read = isBuilt(program, text) ? readWays(program, text, new Set()) : undefined;
      return read?.kind === 'ways' && read.ways.some((segments) => looksLikeSql(segments) && segments.some(({ kind }) => kind === 'hole'));
    });
  return isStatement ? `The text is put together by \`${name.getText()}\`, apart from the query.` : undefined;
}
