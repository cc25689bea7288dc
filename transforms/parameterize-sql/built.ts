/** Texts that are clearly SQL, and texts that are clearly built, in ways that are not followed. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { possibleTexts } from './constants.ts';
import { isWritten } from './assignments.ts';
import { isTextual, TextReader, type Segment } from './text.ts';
import { unwrap } from './unwrap.ts';

const statement =
  /^\s*(?:select\b[^]*\b(?:from|where)\b|insert\s+(?:or\s+\w+\s+|ignore\s+)?into\b|update\b[^]*\bset\b|delete\s+from\b|replace\s+into\b|with\b[^]*\bselect\b)/i;

export function looksLikeSql(segments: readonly Segment[]): boolean {
  return statement.test(segments.map((segment) => (segment.kind === 'hole' ? 'x' : segment.value)).join(''));
}

/** @returns how the text is built, when it is built from pieces and cannot be followed */
export function builtElsewhere(program: Program, text: ts.Expression): string | undefined {
  const inner = unwrap(text);
  if (ts.isConditionalExpression(inner)) {
    return [inner.whenTrue, inner.whenFalse].some((branch) => isBuilt(program, branch))
      ? 'The text is chosen between two that are built.'
      : undefined;
  }
  if (ts.isCallExpression(inner)) return builtByCall(program, inner);
  if (!ts.isIdentifier(inner)) return undefined;
  if (new TextReader(program, new Set()).read(inner) !== undefined) return undefined;
  const symbol = program.symbolOf(inner);
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
  const definition = declaration.initializer === undefined ? undefined : unwrap(declaration.initializer);
  if (definition !== undefined && ts.isCallExpression(definition)) return builtByCall(program, definition);
  const values = program.references
    .to(symbol)
    .flatMap(({ parent }) =>
      ts.isBinaryExpression(parent) && ts.isIdentifier(parent.left) && isWritten(parent.left) ? [parent.right] : [],
    );
  const all = definition === undefined ? values : [definition, ...values];
  const built = all.some((value) => isBuilt(program, value));
  return built && all.some((value) => isTextual(value))
    ? `\`${inner.text}\` gets its text in several statements, some of which do not always run.`
    : undefined;
}

function isBuilt(program: Program, expression: ts.Expression): boolean {
  return isTextual(expression) && possibleTexts(program, expression) === undefined;
}

/** `parts.join(' ')`, `util.format(…)`, `'…'.concat(…)`, `'…'.replace(…)`. */
function builtByCall(program: Program, call: ts.CallExpression): string | undefined {
  const { expression } = call;
  if (program.originOf(expression)?.key === 'util.format') return 'The text is built by `util.format`.';
  if (!ts.isPropertyAccessExpression(expression)) return undefined;
  const method = expression.name.text;
  if (!['concat', 'replace', 'replaceAll', 'join'].includes(method)) return undefined;
  const receiver = unwrap(expression.expression);
  const literal = isTextual(receiver) || (ts.isArrayLiteralExpression(receiver) && receiver.elements.some((element) => isTextual(element)));
  return literal && possibleTexts(program, call) === undefined ? `The text is built by \`${method}\`.` : undefined;
}
