/** What an Express 4 handler needs to be async: `try { … } catch (error) { next(error); }`, and a `next` to call. */

import { ts } from 'ts-morph';
import type { Edit } from '../finding.ts';
import type { Program } from '../program/program.ts';
import { sourceHabits } from '../source/habits.ts';
import { indentationAt } from '../source/indentation.ts';
import { identifiersIn } from '../source/names.ts';
import { editsAroundBody } from './around-body.ts';
import type { FunctionNode } from './functions.ts';

export type NextPlan =
  | { readonly kind: 'edits'; readonly edits: readonly Edit[] }
  /** Nothing can be thrown past the function's own `catch`. */
  | { readonly kind: 'handled' }
  | { readonly kind: 'impossible'; readonly what: string };

/**
 * @param isParam the callback of `app.param`, whose `next` is not its last parameter
 * @param comments those of the handler that the `catch` takes the place of
 */
export function nextPlan(program: Program, fn: FunctionNode, isParam: boolean, comments: readonly string[] = []): NextPlan {
  const { body } = fn;
  if (body === undefined) return { kind: 'impossible', what: 'it has no body' };
  if (ts.isBlock(body) && handlesItsErrors(fn, body)) return { kind: 'handled' };
  const next = nextParameter(program, fn, isParam ? 2 : fn.parameters.length >= 4 ? 3 : 2);
  if (next === undefined) return { kind: 'impossible', what: 'its parameters leave no place for a `next`' };
  return { kind: 'edits', edits: [...next.edits, ...tryEdits(program, fn, body, next.name, comments)] };
}

function nextParameter(program: Program, fn: FunctionNode, index: number): { name: string; edits: readonly Edit[] } | undefined {
  const { parameters } = fn;
  const declared = parameters[index];
  if (declared !== undefined) {
    if (!ts.isIdentifier(declared.name) || declared.dotDotDotToken !== undefined) return undefined;
    return { name: declared.name.text, edits: [] };
  }
  if (parameters.some((parameter) => parameter.dotDotDotToken !== undefined)) return undefined;
  const names = ['req', 'res', 'next'].slice(parameters.length);
  if (names.some((name) => identifiersIn(fn, name).length > 0)) return undefined;
  const typed = parameters.some((parameter) => parameter.type !== undefined);
  if (typed && names.length > 1) return undefined;
  const added = typed ? `next: ${knowsNextFunction(fn.getSourceFile()) ? 'NextFunction' : '(error?: unknown) => void'}` : names.join(', ');
  const path = program.pathOf(fn);
  const last = parameters.at(-1);
  if (last === undefined) {
    const at = openingParenthesis(fn) + 1;
    return { name: 'next', edits: [{ kind: 'replace', path, start: at, end: at, text: added }] };
  }
  const bare = ts.isArrowFunction(fn) && !hasParentheses(fn);
  const edits: Edit[] = [];
  if (bare) {
    // `async` goes before the parameter too: both are insertions, and the parenthesis must follow the keyword.
    edits.push({ kind: 'replace', path, start: last.getStart(), end: last.end, text: `(${last.getText()}, ${added})` });
  } else {
    edits.push({ kind: 'replace', path, start: last.end, end: last.end, text: `, ${added}` });
  }
  return { name: 'next', edits };
}

function knowsNextFunction(file: ts.SourceFile): boolean {
  return identifiersIn(file, 'NextFunction').some((identifier) => ts.isImportSpecifier(identifier.parent));
}

function openingParenthesis(fn: FunctionNode): number {
  return (
    fn
      .getChildren()
      .find((child) => child.kind === ts.SyntaxKind.OpenParenToken)
      ?.getStart() ?? fn.getStart()
  );
}

function hasParentheses(fn: ts.ArrowFunction): boolean {
  return fn.getChildren().some((child) => child.kind === ts.SyntaxKind.OpenParenToken);
}

function tryEdits(program: Program, fn: FunctionNode, body: ts.ConciseBody, next: string, comments: readonly string[]): Edit[] {
  const file = fn.getSourceFile();
  const path = program.pathOf(fn);
  const { eol, unit, semicolon } = sourceHabits(file);
  const base = indentationAt(file, ts.isBlock(body) ? body.end - 1 : fn.getStart());
  const inner = base + unit;
  const name = errorName(file, next);
  const lead = comments.map((comment) => comment + eol + inner + unit).join('');
  const handler = `} catch (${name}) {${eol}${inner}${unit}${lead}${next}(${name})${semicolon}${eol}${inner}}`;
  if (!ts.isBlock(body)) {
    const start = body.getStart();
    return [
      { kind: 'replace', path, start, end: start, text: `{${eol}${inner}try {${eol}${inner}${unit}return ` },
      { kind: 'replace', path, start: body.end, end: body.end, text: `${semicolon}${eol}${inner}${handler}${eol}${base}}` },
    ];
  }
  return editsAroundBody(program, body, 'try {', handler);
}

/** The file's own word for an error. The name is seen by the call of `next` alone, so any other name will do. */
function errorName(file: ts.SourceFile, next: string): string {
  const usual = ['error', 'err', 'e'].map((name) => ({ name, count: identifiersIn(file, name).length }));
  const best = usual.reduce((most, one) => (one.count > most.count ? one : most));
  return best.name === next ? 'error' : best.name;
}

/** `try { … } catch (error) { res.status(500).send(error.message); }` and nothing else that could throw. */
function handlesItsErrors(fn: FunctionNode, body: ts.Block): boolean {
  const last = body.statements.at(-1);
  if (last === undefined || !ts.isTryStatement(last) || last.catchClause === undefined || last.finallyBlock !== undefined) return false;
  const before = body.statements.slice(0, -1);
  if (before.some((statement) => !ts.isVariableStatement(statement) || containsCall(statement))) return false;
  const own = new Set(fn.parameters.flatMap((parameter) => (ts.isIdentifier(parameter.name) ? [parameter.name.text] : [])));
  return answersOnly(last.catchClause.block, own);
}

function containsCall(node: ts.Node): boolean {
  if (ts.isCallExpression(node) || ts.isNewExpression(node) || ts.isElementAccessExpression(node) || ts.isPropertyAccessExpression(node)) {
    return true;
  }
  return ts.forEachChild(node, containsCall) === true;
}

/** Calls nothing but `next`, `console` and methods of the response. */
function answersOnly(block: ts.Block, parameters: ReadonlySet<string>): boolean {
  let only = true;
  const visit = (node: ts.Node): void => {
    if (ts.isThrowStatement(node) || ts.isNewExpression(node) || ts.isFunctionLike(node)) only = false;
    if (ts.isCallExpression(node)) {
      let root: ts.Expression = node.expression;
      while (ts.isPropertyAccessExpression(root) || ts.isCallExpression(root)) root = root.expression;
      if (!ts.isIdentifier(root) || !(parameters.has(root.text) || root.text === 'console')) only = false;
    }
    ts.forEachChild(node, visit);
  };
  visit(block);
  return only;
}
