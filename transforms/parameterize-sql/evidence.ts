/** What is known of a value in JavaScript before it becomes a parameter: its type, and whether it is SQL of its own. */

import { ts } from 'ts-morph';
import { escapeFunctions, escapeIdentifierFunctions } from '../../catalog/sql-drivers.ts';
import type { Program } from '../../engine/program/program.ts';
import type { References } from '../../engine/program/references.ts';
import { isWritten } from './assignments.ts';
import { functionOf, returnedBy } from './functions.ts';
import { unwrap } from './unwrap.ts';

export type ValueType = 'string' | 'integer' | 'number' | 'boolean' | 'unknown';

/** Methods that give a string on whatever has them. */
const stringMethods: ReadonlySet<string> = new Set([
  'toString',
  'toISOString',
  'toJSON',
  'toLowerCase',
  'toUpperCase',
  'trim',
  'toFixed',
  'join',
  'substring',
  'padStart',
  'padEnd',
]);

const integerFunctions: ReadonlySet<string> = new Set([
  'global.parseInt',
  'global.Number.parseInt',
  'global.Math.floor',
  'global.Math.ceil',
  'global.Math.round',
  'global.Math.trunc',
  'global.Date.now',
]);
const numberFunctions: ReadonlySet<string> = new Set(['global.Number', 'global.parseFloat', 'global.Number.parseFloat']);
const stringFunctions: ReadonlySet<string> = new Set(['global.String', 'global.encodeURIComponent', 'global.JSON.stringify']);

export function typeOf(program: Program, expression: ts.Expression): ValueType {
  const inner = unwrap(expression);
  if (ts.isStringLiteralLike(inner) || ts.isTemplateExpression(inner)) return 'string';
  if (ts.isNumericLiteral(inner)) return /^\d+$/.test(inner.text) ? 'integer' : 'number';
  if (ts.isCallExpression(inner)) {
    const called = calledName(program, inner);
    if (called !== undefined && integerFunctions.has(called)) return 'integer';
    if (called !== undefined && numberFunctions.has(called)) return 'number';
    if (called !== undefined && stringFunctions.has(called)) return 'string';
    if (ts.isPropertyAccessExpression(inner.expression) && stringMethods.has(inner.expression.name.text)) return 'string';
  }
  if (ts.isPropertyAccessExpression(inner) && inner.name.text === 'length' && isSequence(program, inner.expression)) return 'integer';
  if (ts.isBinaryExpression(inner)) {
    const { kind } = inner.operatorToken;
    if (kind === ts.SyntaxKind.BarToken || kind === ts.SyntaxKind.GreaterThanGreaterThanToken) return 'integer';
    if (kind === ts.SyntaxKind.BarBarToken || kind === ts.SyntaxKind.QuestionQuestionToken) {
      const left = typeOf(program, inner.left);
      return left === typeOf(program, inner.right) ? left : 'unknown';
    }
    if (isIntegral(kind)) {
      const sides = [typeOf(program, inner.left), typeOf(program, inner.right)];
      if (sides.every((side) => side === 'integer')) return 'integer';
    }
  }
  if (ts.isConditionalExpression(inner)) {
    const whenTrue = typeOf(program, inner.whenTrue);
    return whenTrue === typeOf(program, inner.whenFalse) ? whenTrue : 'unknown';
  }
  if (ts.isIdentifier(inner)) {
    const definition = definitionOf(program, inner);
    const defined = definition === undefined || definition === inner ? 'unknown' : typeOf(program, definition);
    if (defined !== 'unknown') return defined;
  }
  return ofType(program.checker.getTypeAtLocation(inner));
}

function isIntegral(kind: ts.SyntaxKind): boolean {
  return kind === ts.SyntaxKind.PlusToken || kind === ts.SyntaxKind.MinusToken || kind === ts.SyntaxKind.AsteriskToken;
}

function ofType(type: ts.Type): ValueType {
  const members = type.isUnion() ? type.types : [type];
  const all = (flag: ts.TypeFlags): boolean => members.every((one) => (one.flags & flag) !== 0);
  if (all(ts.TypeFlags.StringLike)) return 'string';
  if (all(ts.TypeFlags.NumberLike)) return 'number';
  if (all(ts.TypeFlags.BooleanLike)) return 'boolean';
  return 'unknown';
}

function isSequence(program: Program, expression: ts.Expression): boolean {
  const type = program.checker.getTypeAtLocation(expression);
  return program.checker.isArrayLikeType(type) || (type.flags & ts.TypeFlags.StringLike) !== 0;
}

function calledName(program: Program, call: ts.CallExpression): string | undefined {
  return program.originOf(call.expression)?.key;
}

function definitionOf(program: Program, identifier: ts.Identifier): ts.Expression | undefined {
  const symbol = program.symbolOf(identifier);
  // A destructured variable is defined by a part of an expression only.
  if (symbol?.valueDeclaration !== undefined && ts.isBindingElement(symbol.valueDeclaration)) return undefined;
  return symbol && program.definitionOf(symbol);
}

/** `connection.escape(name)` is `name` where a placeholder stands for it. */
export function withoutEscape(program: Program, expression: ts.Expression): ts.Expression | undefined {
  return argumentOf(program, expression, escapeFunctions);
}

/** The name that `connection.escapeId(column)` writes. */
export function withoutNameEscape(program: Program, expression: ts.Expression): ts.Expression | undefined {
  return argumentOf(program, expression, escapeIdentifierFunctions);
}

export function isEscapedName(program: Program, expression: ts.Expression): boolean {
  return withoutNameEscape(program, expression) !== undefined;
}

/** The one argument of a call of these functions, or of a function of the program that does nothing but call one. */
function argumentOf(program: Program, expression: ts.Expression, functions: ReadonlySet<string>): ts.Expression | undefined {
  const inner = unwrap(expression);
  if (!ts.isCallExpression(inner) || inner.arguments.length !== 1) return undefined;
  const [argument] = inner.arguments;
  if (functions.has(calledName(program, inner) ?? '')) return argument;
  const callee = ts.isPropertyAccessExpression(inner.expression) ? inner.expression.name : inner.expression;
  const symbol = program.symbolOf(callee);
  const owner = symbol && functionOf(program, symbol);
  const [parameter] = owner?.parameters ?? [];
  if (owner?.body === undefined || parameter === undefined || owner.parameters.length !== 1) return undefined;
  if (ts.isBlock(owner.body) && owner.body.statements.length !== 1) return undefined;
  const [returned] = returnedBy(owner);
  const call = returned && unwrap(returned);
  if (call === undefined || !ts.isCallExpression(call) || !functions.has(calledName(program, call) ?? '')) return undefined;
  const [handed] = call.arguments;
  const same = handed !== undefined && call.arguments.length === 1 && program.symbolOf(unwrap(handed)) === program.symbolOf(parameter.name);
  return same ? argument : undefined;
}

/** A part of the address of a request to Express: a text if it is there at all. */
export function isRequestText(program: Program, expression: ts.Expression): boolean {
  return /^express\b.*\(cb0\)\.(?:params|query)\b/.test(program.originOf(unwrap(expression))?.key ?? '');
}

/** Methods of Express' requests that read a value from them. */
const requestValues = /^express\b.*\(cb0\)\.(?:param|get|header)$/;

/** `name.split(' ')`, and `.join('-')` of what that gives. */
function isCutText(receiver: ts.Expression, method: 'join' | 'split'): boolean {
  const inner = unwrap(receiver);
  return (
    method === 'split' ||
    (ts.isCallExpression(inner) && ts.isPropertyAccessExpression(inner.expression) && inner.expression.name.text === 'split')
  );
}

/** Functions whose result is a plain value, whatever it is called with: they are not there to write SQL. */
const plainModules: ReadonlySet<string> = new Set([
  'global',
  'crypto',
  'path',
  'url',
  'querystring',
  'os',
  'uuid',
  'nanoid',
  'moment',
  'dayjs',
  'bcrypt',
  'bcryptjs',
  'argon2',
  'md5',
  'jsonwebtoken',
]);

/**
 * What speaks against the expression being a plain value: that it may hold quotes, or SQL.
 * @returns the expression in question
 */
export function suspectSql(program: Program, expression: ts.Expression, seen = new Set<ts.Node>()): ts.Expression | undefined {
  const inner = unwrap(expression);
  if (seen.has(inner)) return undefined;
  seen.add(inner);
  const among = (...parts: ts.Expression[]): ts.Expression | undefined =>
    parts.reduce<ts.Expression | undefined>((found, part) => found ?? suspectSql(program, part, seen), undefined);
  if (ts.isStringLiteralLike(inner)) return /['"`\\]/.test(inner.text) ? inner : undefined;
  if (ts.isTemplateExpression(inner)) {
    const quotes = [inner.head, ...inner.templateSpans.map((span) => span.literal)].some((part) => /['"`\\]/.test(part.text));
    return quotes ? inner : among(...inner.templateSpans.map((span) => span.expression));
  }
  if (ts.isBinaryExpression(inner)) return isCalculation(inner.operatorToken.kind) ? undefined : among(inner.left, inner.right);
  if (ts.isConditionalExpression(inner)) return among(inner.whenTrue, inner.whenFalse);
  if (ts.isAwaitExpression(inner)) return among(inner.expression);
  const member = memberName(program, inner);
  if (member !== undefined) return suspectMember(program, member);
  if (ts.isIdentifier(inner)) {
    const definition = definitionOf(program, inner);
    if (definition !== undefined) return among(definition);
    return among(...givenTo(program, inner), ...writtenTo(program, inner));
  }
  if (ts.isCallExpression(inner)) return suspectCall(program, inner, seen);
  return undefined;
}

/** Numbers, `true` and `false` come of it, whatever it is given. */
function isCalculation(operator: ts.SyntaxKind): boolean {
  return calculations.has(operator);
}

const calculations: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.MinusToken,
  ts.SyntaxKind.AsteriskToken,
  ts.SyntaxKind.AsteriskAsteriskToken,
  ts.SyntaxKind.SlashToken,
  ts.SyntaxKind.PercentToken,
  ts.SyntaxKind.CaretToken,
  ts.SyntaxKind.BarToken,
  ts.SyntaxKind.AmpersandToken,
  ts.SyntaxKind.LessThanLessThanToken,
  ts.SyntaxKind.GreaterThanGreaterThanToken,
  ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken,
  ts.SyntaxKind.LessThanToken,
  ts.SyntaxKind.LessThanEqualsToken,
  ts.SyntaxKind.GreaterThanToken,
  ts.SyntaxKind.GreaterThanEqualsToken,
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
]);

/** The member that a value is: `title` of `this.title`, of `options['title']`, of a variable that is taken out of an object. */
function memberName(program: Program, expression: ts.Expression): string | undefined {
  if (ts.isPropertyAccessExpression(expression)) return expression.name.text;
  if (ts.isElementAccessExpression(expression))
    return ts.isStringLiteralLike(expression.argumentExpression) ? expression.argumentExpression.text : undefined;
  const declaration = ts.isIdentifier(expression) ? program.symbolOf(expression)?.valueDeclaration : undefined;
  if (declaration === undefined || !ts.isBindingElement(declaration)) return undefined;
  const name = declaration.propertyName ?? declaration.name;
  return ts.isIdentifier(name) || ts.isStringLiteralLike(name) ? name.text : undefined;
}

interface Members {
  readonly known: Map<string, ts.Expression | undefined>;
  /** Those that are being looked at: what a member is made of may lead back to it. */
  readonly active: Set<string>;
}

const membersOf = new WeakMap<References, Members>();

/** Does the program anywhere put what is escaped, or SQL of its own, into a member of this name? Whose member it is, is not asked. */
function suspectMember(program: Program, name: string): ts.Expression | undefined {
  const members = membersOf.get(program.references) ?? { known: new Map<string, ts.Expression | undefined>(), active: new Set<string>() };
  membersOf.set(program.references, members);
  const { known, active } = members;
  if (known.has(name) || active.has(name)) return known.get(name);
  active.add(name);
  const found = firstOf(program.references.named(name), (identifier) => {
    const value = valueOfMember(identifier);
    const suspect = value && suspectSql(program, value);
    return suspect === undefined || isOutOfSight(program, suspect) ? undefined : suspect;
  });
  active.delete(name);
  // That nothing was found is final only if no way was cut short.
  if (found !== undefined || active.size === 0) known.set(name, found);
  return found;
}

function firstOf<Item, Found>(items: readonly Item[], find: (item: Item) => Found | undefined): Found | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `this.title = …`, `{ title: … }` */
function valueOfMember(identifier: ts.Identifier): ts.Expression | undefined {
  const { parent } = identifier;
  if (ts.isPropertyAssignment(parent)) return parent.name === identifier ? parent.initializer : undefined;
  if (ts.isShorthandPropertyAssignment(parent)) return parent.name;
  if (!ts.isPropertyAccessExpression(parent) || parent.name !== identifier) return undefined;
  const assignment = parent.parent;
  const assigns =
    ts.isBinaryExpression(assignment) && assignment.left === parent && assignment.operatorToken.kind === ts.SyntaxKind.EqualsToken;
  return assigns ? assignment.right : undefined;
}

function suspectCall(program: Program, call: ts.CallExpression, seen: Set<ts.Node>): ts.Expression | undefined {
  if (ofType(program.checker.getTypeAtLocation(call)) === 'number') return undefined;
  const origin = program.originOf(call.expression);
  const method = ts.isPropertyAccessExpression(call.expression) ? call.expression : undefined;
  // `x.replace(/'/g, "''")` and `x.split("'").join("''")` escape, whatever `x` comes from.
  if (method?.name.text === 'replace' || method?.name.text === 'replaceAll') {
    return mentionsQuotes(call) && !takesAway(call) ? call : suspectSql(program, method.expression, seen);
  }
  if (method?.name.text === 'join' && mentionsQuotes(call)) return call;
  if (origin !== undefined && plainModules.has(origin.module)) return undefined;
  if (method !== undefined) {
    const { name, expression: receiver } = method;
    if (stringMethods.has(name.text) && name.text !== 'join') return suspectSql(program, receiver, seen);
    if (name.text === 'join' || name.text === 'split') {
      const [separator] = call.arguments;
      const quoteless = separator === undefined || (ts.isStringLiteralLike(separator) && !/['"`\\]/.test(separator.text));
      if (quoteless && isCutText(receiver, name.text)) return suspectSql(program, receiver, seen);
    }
    // `request.param('name')`
    if (origin !== undefined && requestValues.test(origin.key)) return undefined;
    if (['get', 'slice', 'substr', 'charAt', 'valueOf', 'normalize', 'format'].includes(name.text) && origin === undefined)
      return undefined;
  }
  return returnsPlain(program, call, seen) ? undefined : call;
}

function mentionsQuotes(call: ts.CallExpression): boolean {
  return call.arguments.some((argument) =>
    /['"\\]/.test(ts.isStringLiteralLike(argument) ? argument.text : argument.getText().slice(1, -1)),
  );
}

/** `text.replace(/'/g, '')`: what is gone is no escape of anything. */
function takesAway({ arguments: [, replacement] }: ts.CallExpression): boolean {
  return replacement !== undefined && ts.isStringLiteralLike(replacement) && replacement.text === '';
}

/** Names of functions that may well escape quotes; what others do to a text has nothing to do with SQL. */
const escapeLike = /esc|quote|sanit|sql|slash|clean|safe|secure|filter|encode|strip/i;

/** A call of a library's function, or of a method of an unknown object, that nothing but its being out of sight speaks against. */
export function isOutOfSight(program: Program, call: ts.Expression): boolean {
  if (!ts.isCallExpression(call)) return false;
  const callee = ts.isPropertyAccessExpression(call.expression) ? call.expression.name : call.expression;
  const symbol = program.symbolOf(callee);
  if (symbol !== undefined && functionOf(program, symbol) !== undefined) return false;
  const origin = calledName(program, call);
  if (origin !== undefined && (escapeFunctions.has(origin) || escapeIdentifierFunctions.has(origin))) return false;
  return !escapeLike.test(`${origin ?? ''} ${callee.getText()}`) && !/^replace(All)?$|^join$/.test(callee.getText());
}

/** A function of the program none of whose results is suspect. */
function returnsPlain(program: Program, call: ts.CallExpression, seen: Set<ts.Node>): boolean {
  const callee = ts.isPropertyAccessExpression(call.expression) ? call.expression.name : call.expression;
  const symbol = program.symbolOf(callee);
  const owner = symbol && functionOf(program, symbol);
  if (owner?.body === undefined || handlesQuotes(owner.body)) return false;
  return returnedBy(owner).every((returned) => suspectSql(program, returned, seen) === undefined);
}

/** A text or pattern of quotes only, as in `text.split("'").join("''")` or `c === "'"`: escaping is done with these, in any number of ways. */
function handlesQuotes(node: ts.Node): boolean {
  if (ts.isStringLiteralLike(node)) return /['"`\\]/.test(node.text) && !/[\w\s]/.test(node.text);
  if (ts.isRegularExpressionLiteral(node)) return /['"`]|\\\\/.test(node.text);
  return ts.forEachChild(node, handlesQuotes) ?? false;
}

/** What a variable that is given several values is given. */
function writtenTo(program: Program, identifier: ts.Identifier): ts.Expression[] {
  const symbol = program.symbolOf(identifier);
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined || !(ts.isVariableDeclaration(declaration) || ts.isParameter(declaration)))
    return [];
  const initial = declaration.initializer === undefined ? [] : [declaration.initializer];
  const written = program.references
    .to(symbol)
    .flatMap((use) => (isWritten(use) && ts.isBinaryExpression(use.parent) && use.parent.left === use ? [use.parent.right] : []));
  return [...initial, ...written];
}

/** What the calls that can be seen give for a parameter. */
function givenTo(program: Program, identifier: ts.Identifier): ts.Expression[] {
  const parameter = program.symbolOf(identifier)?.valueDeclaration;
  if (parameter === undefined || !ts.isParameter(parameter)) return [];
  const owner = parameter.parent;
  const index = owner.parameters.indexOf(parameter);
  const holder = owner.parent;
  const name =
    owner.name ??
    (ts.isVariableDeclaration(holder) || ts.isPropertyAssignment(holder)
      ? holder.name
      : ts.isBinaryExpression(holder) && ts.isPropertyAccessExpression(holder.left)
        ? holder.left.name
        : undefined);
  const symbol = name && program.symbolOf(name);
  if (symbol === undefined) return [];
  return program.references.to(symbol).flatMap((use) => {
    const callee = ts.isPropertyAccessExpression(use.parent) && use.parent.name === use ? use.parent : use;
    const argument = ts.isCallExpression(callee.parent) && callee.parent.expression === callee ? callee.parent.arguments[index] : undefined;
    return argument === undefined ? [] : [argument];
  });
}
