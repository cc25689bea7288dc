/**
 * A change behind a check of the same path, and nothing else: `if (!existsSync(p)) mkdirSync(p)`, `if (existsSync(p)) unlinkSync(p)`. Once
 * there is a wait between the two, another task can come first. What it did is then what was wanted, so that its failure is passed over:
 * the two together do what they did when nothing could come between them.
 */

import { ts } from 'ts-morph';
import { unwrapped } from '../../engine/async/functions.ts';
import type { Edit } from '../../engine/finding.ts';
import { sourceHabits } from '../../engine/source/habits.ts';
import { indentationAt } from '../../engine/source/indentation.ts';
import { commentsIn } from '../../engine/source/layout.ts';
import { identifiersIn } from '../../engine/source/names.ts';
import { isHarmless } from './outdated-checks.ts';
import type { Site } from './sites.ts';

export interface GuardedChange {
  readonly check: Site;
  readonly change: Site;
  /** All of it: the `if`, the `try`, the expression with `||`. */
  readonly whole: ts.Statement;
  /** The change alone. */
  readonly statement: ts.Node;
}

/** @returns each pair under both of its sites */
export function guardedChanges(sites: readonly Site[]): ReadonlyMap<Site, GuardedChange> {
  const byCall = new Map(sites.map((site) => [site.call, site]));
  const pairs = new Map<Site, GuardedChange>();
  for (const check of sites) {
    const guarded = guardedBy(check);
    const change = guarded && byCall.get(guarded.call);
    if (guarded === undefined || change?.row.doneAlready !== guarded.code || isHarmless(change)) continue;
    const [path] = check.call.arguments;
    if (path === undefined || !isStill(path) || change.call.arguments[0]?.getText() !== path.getText()) continue;
    const { whole, statement } = guarded;
    if (/[\r\n]/.test(change.call.getText()) || hasComments(whole, change.call)) continue;
    const pair: GuardedChange = { check, change, whole, statement };
    pairs.set(check, pair);
    pairs.set(change, pair);
  }
  return pairs;
}

interface Guarded extends Pick<GuardedChange, 'whole' | 'statement'> {
  readonly call: ts.CallExpression;
  readonly code: 'EEXIST' | 'ENOENT';
}

/** The one call that depends on what the check says. */
function guardedBy({ call, row }: Site): Guarded | undefined {
  if (row.twin.kind !== 'exists') return row.effect === 'looks' ? guardedByThrow(call) : undefined;
  const { value, negated } = comparisonOf(call);
  const { parent } = value;
  const code = negated ? 'EEXIST' : 'ENOENT';
  if (ts.isIfStatement(parent) && parent.expression === value && parent.elseStatement === undefined) {
    const only = onlyCall(parent.thenStatement);
    return only && { ...only, whole: parent, code };
  }
  if (!ts.isBinaryExpression(parent) || parent.left !== value || !ts.isExpressionStatement(parent.parent)) return undefined;
  const { kind } = parent.operatorToken;
  const then = kind === ts.SyntaxKind.AmpersandAmpersandToken;
  if (!then && kind !== ts.SyntaxKind.BarBarToken) return undefined;
  const right = unwrapped(parent.right);
  if (!ts.isCallExpression(right)) return undefined;
  return { call: right, statement: parent.right, whole: parent.parent, code: then === negated ? 'EEXIST' : 'ENOENT' };
}

/** `try { statSync(p); } catch (e) { mkdirSync(p); }` */
function guardedByThrow(check: ts.CallExpression): Guarded | undefined {
  if (check.arguments.length !== 1 || !/^(?:stat|access)Sync$/.test(memberName(check))) return undefined;
  const { parent } = check;
  if (!ts.isExpressionStatement(parent) || !ts.isBlock(parent.parent) || parent.parent.statements.length !== 1) return undefined;
  const whole = parent.parent.parent;
  if (
    !ts.isTryStatement(whole) ||
    whole.tryBlock !== parent.parent ||
    whole.catchClause === undefined ||
    whole.finallyBlock !== undefined
  ) {
    return undefined;
  }
  const only = onlyCall(whole.catchClause.block);
  return only && { ...only, whole, code: 'EEXIST' };
}

function memberName({ expression }: ts.CallExpression): string {
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText();
}

/** `!exists`, `exists === false`: the expression that says it, and whether it says the contrary. */
function comparisonOf(call: ts.CallExpression): { readonly value: ts.Node; readonly negated: boolean } {
  const { parent } = call;
  if (ts.isPrefixUnaryExpression(parent) && parent.operator === ts.SyntaxKind.ExclamationToken) return { value: parent, negated: true };
  if (ts.isBinaryExpression(parent) && parent.left === call && /^===?$/.test(parent.operatorToken.getText())) {
    if (parent.right.kind === ts.SyntaxKind.FalseKeyword) return { value: parent, negated: true };
    if (parent.right.kind === ts.SyntaxKind.TrueKeyword) return { value: parent, negated: false };
  }
  return { value: call, negated: false };
}

function onlyCall(statement: ts.Statement): Pick<Guarded, 'call' | 'statement'> | undefined {
  const only = ts.isBlock(statement) && statement.statements.length === 1 ? statement.statements[0] : statement;
  if (only === undefined || !ts.isExpressionStatement(only) || !ts.isCallExpression(only.expression)) return undefined;
  return { call: only.expression, statement: only };
}

/** Gives the same again, and does nothing. */
function isStill(path: ts.Expression): boolean {
  const bare = unwrapped(path);
  if (ts.isIdentifier(bare) || ts.isStringLiteralLike(bare) || bare.kind === ts.SyntaxKind.ThisKeyword) return true;
  if (ts.isPropertyAccessExpression(bare)) return isStill(bare.expression);
  if (ts.isBinaryExpression(bare)) return bare.operatorToken.kind === ts.SyntaxKind.PlusToken && isStill(bare.left) && isStill(bare.right);
  if (ts.isTemplateExpression(bare)) return bare.templateSpans.every(({ expression }) => isStill(expression));
  return ts.isCallExpression(bare) && /^path\.(?:join|resolve|dirname)$/.test(bare.expression.getText()) && bare.arguments.every(isStill);
}

/** In what is taken away around the call. */
function hasComments(whole: ts.Node, call: ts.Node): boolean {
  const file = whole.getSourceFile();
  return (
    commentsIn(file, { start: whole.getStart(), end: call.getStart() }).length > 0 ||
    commentsIn(file, { start: call.end, end: whole.end }).length > 0
  );
}

/** Is it something that shall be there? Then it is made without a check: what fails then is either there, or could not be made before. */
export function makesAnew({ change }: GuardedChange): boolean {
  return change.row.doneAlready === 'EEXIST';
}

/**
 * @param plain the edits that put the twin of the change in its place
 * @param access the expression whose call tells whether a path is there
 */
export function tolerantEdits(guarded: GuardedChange, plain: readonly Edit[], path: string, access: string): Edit[] {
  const { change, whole } = guarded;
  const [callee, ...others] = plain;
  if (callee?.kind !== 'replace') throw new Error('The call is not replaced.');
  const { end } = change.call;
  const { text } = whole.getSourceFile();
  if (!makesAnew(guarded)) {
    const closing = others.map((edit) => (edit.kind === 'replace' ? edit.text : '')).join('');
    return [callee, { kind: 'replace', path, start: end, end, text: passingOverAbsence(guarded) + closing }];
  }
  const after = ts.isExpressionStatement(whole) ? text.slice(guarded.statement.end, whole.end) : text.slice(end, guarded.statement.end);
  const { semicolon } = sourceHabits(whole.getSourceFile());
  // What was a block may be followed by what would go on with an expression.
  const last = after.trim() === '' && /^\s*[([`+\-/]/.test(text.slice(whole.end)) ? ';' : after.trim() === '' ? semicolon : after;
  return [
    { ...callee, start: whole.getStart(), text: callee.text.replace(/^;?\(?/, '') },
    { kind: 'replace', path, start: end, end: whole.end, text: passingOverPresence(guarded, access) + last },
  ];
}

function passingOverAbsence({ change, whole }: GuardedChange): string {
  const file = whole.getSourceFile();
  const { eol, unit, semicolon, quote } = sourceHabits(file);
  const base = eol + indentationAt(file, change.call.getStart());
  const name = errorName(change);
  return `.catch((${name}) => {${base}${unit}if (${name}.code !== ${quote}ENOENT${quote}) throw ${name}${semicolon}${base}})`;
}

function passingOverPresence({ check, change, whole }: GuardedChange, access: string): string {
  const file = whole.getSourceFile();
  const { eol, unit, semicolon } = sourceHabits(file);
  const base = eol + indentationAt(file, whole.getStart());
  const name = errorName(change);
  const target = check.call.arguments[0]?.getText() ?? '';
  const lines = [`${access}(${target}).catch(() => {`, `${unit}throw ${name}${semicolon}`, '})'].map((line) => base + unit + line);
  return `.catch((${name}) =>${lines.join('')}${base})`;
}

/** None that the path is made of. */
function errorName({ call }: Site): string {
  return identifiersIn(call, 'error').length === 0 ? 'error' : 'failure';
}
