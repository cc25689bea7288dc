/** Values that come from a request, in which whoever sends it may put objects. */

import { ts } from 'ts-morph';
import { originPattern } from '../../catalog/origin-pattern.ts';
import { requestParts } from '../../catalog/nosql.ts';
import type { Program } from '../../engine/program/program.ts';
import { givenTo } from './handlers.ts';
import { unwrapped } from './unwrapped.ts';

const sources = originPattern(
  requestParts.flatMap(({ request, parts }) => request.flatMap((one) => parts.flatMap((part) => [`${one}.${part}`, `${one}.${part}.**`]))),
);

const expressParts: ReadonlySet<string> = new Set(requestParts.flatMap(({ framework, parts }) => (framework === 'express' ? parts : [])));

/** Is the value, as it is, a part of a request? What `String(…)` or a template makes of one is not. */
export function isFromRequest(program: Program, expression: ts.Expression): boolean {
  const inner = unwrapped(expression);
  if (ts.isBinaryExpression(inner)) {
    const { kind } = inner.operatorToken;
    if (kind === ts.SyntaxKind.BarBarToken || kind === ts.SyntaxKind.QuestionQuestionToken) {
      return isFromRequest(program, inner.left) || isFromRequest(program, inner.right);
    }
    return kind === ts.SyntaxKind.AmpersandAmpersandToken && isFromRequest(program, inner.right);
  }
  if (ts.isConditionalExpression(inner)) return isFromRequest(program, inner.whenTrue) || isFromRequest(program, inner.whenFalse);
  if (ts.isCallExpression(inner) && !inner.expression.getText().endsWith('.param')) return false;
  if (ts.isElementAccessExpression(inner) && !ts.isStringLiteralLike(inner.argumentExpression))
    return isFromRequest(program, inner.expression);
  const { flags } = program.checker.getTypeAtLocation(inner);
  if ((flags & (ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike | ts.TypeFlags.BooleanLike)) !== 0) return false;
  const origin = program.originOf(inner)?.key;
  return origin === undefined ? isGivenPart(program, inner) : sources.test(origin);
}

/** `req.body.name` where nothing but the way of the handler to a router says what `req` is. */
function isGivenPart(program: Program, expression: ts.Expression): boolean {
  const found = baseOf(program, expression, []);
  const given = found && givenTo(program, found.parameter);
  if (found === undefined || given === undefined) return false;
  const [part = ''] = found.path;
  return given === 'part' ? found.path.length === 0 : expressParts.has(part);
}

/** The parameter that a value is a member of, and the members on the way, the first one first. */
function baseOf(
  program: Program,
  expression: ts.Expression,
  behind: readonly string[],
): { readonly parameter: ts.ParameterDeclaration; readonly path: readonly string[] } | undefined {
  const inner = unwrapped(expression);
  if (ts.isPropertyAccessExpression(inner)) return baseOf(program, inner.expression, [inner.name.text, ...behind]);
  if (ts.isElementAccessExpression(inner)) {
    const { argumentExpression: key } = inner;
    return baseOf(program, inner.expression, [ts.isStringLiteralLike(key) ? key.text : '', ...behind]);
  }
  if (!ts.isIdentifier(inner)) return undefined;
  const symbol = program.symbolOf(inner);
  let declaration: ts.Node | undefined = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined || program.references.to(symbol).some(isWritten)) return undefined;
  let path = behind;
  while (ts.isBindingElement(declaration)) {
    const name = declaration.propertyName ?? declaration.name;
    if (declaration.dotDotDotToken === undefined) path = [ts.isIdentifier(name) || ts.isStringLiteralLike(name) ? name.text : '', ...path];
    declaration = declaration.parent.parent;
  }
  if (ts.isParameter(declaration)) return { parameter: declaration, path };
  if (!ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) return undefined;
  return baseOf(program, declaration.initializer, path);
}

function isWritten({ parent }: ts.Identifier): boolean {
  return ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isIdentifier(parent.left);
}
