/** Code in which it is known whether there is an error: conditions on it are decided, and what is left of its name means nothing. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import type { TextEdit } from '../../engine/source/slice.ts';
import { Undecided } from './obstacle.ts';
import { mentions } from './mentions.ts';
import { Specializer, type Truth } from './specialize.ts';

/**
 * @param except a part of the node that is left alone
 * @throws Undecided
 */
export function decidedEdits(program: Program, node: ts.Node, symbol: ts.Symbol, truth: Truth, except?: ts.Node): TextEdit[] {
  if (!mentions(program, node, symbol)) return [];
  const specializer = new Specializer(program, symbol, truth, new Map());
  const edits: TextEdit[] = [];
  const visit = (one: ts.Node): void => {
    if (one === except || !mentions(program, one, symbol)) return;
    if (ts.isIdentifier(one)) {
      if (truth === 'none') edits.push(asNull(one, symbol));
      return;
    }
    const chosen = ts.isExpression(one) ? choice(specializer, one, truth) : undefined;
    if (chosen === undefined) {
      ts.forEachChild(one, visit);
      return;
    }
    const whole = ts.isParenthesizedExpression(one.parent) && one.parent !== node.parent ? one.parent : one;
    edits.push({ start: whole.getStart(), end: chosen.getStart(), text: '' });
    visit(chosen);
    edits.push({ start: chosen.end, end: whole.end, text: '' });
  };
  visit(node);
  return edits.filter((edit) => edit.start !== edit.end || edit.text !== '');
}

/** The part that is left of `err ? a : b` and `err || a`; `undefined` when it decides nothing. */
function choice(specializer: Specializer, node: ts.Expression, truth: Truth): ts.Expression | undefined {
  if (ts.isConditionalExpression(node)) {
    const value = specializer.evaluate(node.condition);
    return value === true ? node.whenTrue : value === false ? node.whenFalse : undefined;
  }
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.BarBarToken || !ts.isIdentifier(node.left))
    return undefined;
  const value = specializer.evaluate(node.left);
  if (typeof value !== 'boolean') return undefined;
  return truth === 'none' ? node.right : node.left;
}

function asNull(identifier: ts.Identifier, symbol: ts.Symbol): TextEdit {
  if (isPassedOn(identifier)) return { start: identifier.getStart(), end: identifier.end, text: 'null' };
  throw new Undecided(symbol, identifier, `\`${identifier.text}\` is used when there is no error.`, 'Use another variable.');
}

/** A value that is handed on, where `null` reads as well as the name did. */
function isPassedOn(identifier: ts.Identifier): boolean {
  const { parent } = identifier;
  if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) return parent.expression !== identifier;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === identifier;
  return ts.isArrayLiteralExpression(parent) || ts.isReturnStatement(parent);
}
