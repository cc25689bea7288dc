/** Values of which some are there only where a choice in the text was made: `...(town ? [town] : [])`. */

import { ts } from 'ts-morph';
import { unwrap } from './unwrap.ts';

export interface ListedValue {
  readonly source: string;
  /** The choices that it depends on, the outermost first. */
  readonly choices: readonly { readonly choice: ts.ConditionalExpression; readonly branch: boolean }[];
}

/** The elements of an array literal of the values. */
export function listOfValues(values: readonly ListedValue[]): string[] {
  const elements: string[] = [];
  for (let index = 0; index < values.length;) {
    const choice = values[index]?.choices[0]?.choice;
    let end = index + 1;
    if (choice === undefined) {
      elements.push(values[index]?.source ?? '');
    } else {
      while (values[end]?.choices[0]?.choice === choice) end += 1;
      const own = values.slice(index, end);
      const branch = (taken: boolean): string =>
        `[${listOfValues(own.filter(({ choices }) => choices[0]?.branch === taken).map((value) => ({ ...value, choices: value.choices.slice(1) }))).join(', ')}]`;
      elements.push(`...(${choice.condition.getText()} ? ${branch(true)} : ${branch(false)})`);
    }
    index = end;
  }
  return elements;
}

/** An array of the elements, which is a choice between two where they are there on one side of it alone. */
export function arrayOf(values: readonly string[]): string {
  const [only = ''] = values;
  const choice = values.length === 1 ? /^\.\.\.\((.*)\)$/s.exec(only)?.[1] : undefined;
  return choice ?? `[${values.join(', ')}]`;
}

/** May the condition be asked a second time, and give the same answer? */
export function isPureCondition(condition: ts.Expression): boolean {
  let pure = true;
  const visit = (node: ts.Node): void => {
    if (
      ts.isCallExpression(node) ||
      ts.isNewExpression(node) ||
      ts.isAwaitExpression(node) ||
      ts.isYieldExpression(node) ||
      ts.isFunctionLike(node)
    )
      pure = false;
    if (
      ts.isBinaryExpression(node) &&
      node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
      node.operatorToken.kind <= ts.SyntaxKind.LastAssignment
    )
      pure = false;
    if (ts.isPostfixUnaryExpression(node) || ts.isDeleteExpression(node)) pure = false;
    if (
      ts.isPrefixUnaryExpression(node) &&
      (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken)
    )
      pure = false;
    ts.forEachChild(node, visit);
  };
  visit(unwrap(condition));
  return pure;
}
