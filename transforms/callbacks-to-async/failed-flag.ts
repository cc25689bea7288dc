/** A variable that says that some item failed already: `if (failed) return;` in front of everything, and `failed = true;` before the whole is ended. */

import { ts } from 'ts-morph';
import { isWithin } from '../../engine/async/ancestors.ts';
import { isFunctionNode } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';
import { boundNames } from '../../engine/source/names.ts';
import { isBareReturn } from './code.ts';
import { statementsOf } from './specialize.ts';

export interface FailedFlag {
  /** Its tests, and where it is set. */
  readonly statements: ReadonlySet<ts.Statement>;
  /** The statement that declares it, and nothing else. */
  readonly idle: ts.VariableStatement | undefined;
  /** What the items that were passed over would do is seen by nobody once one has failed. */
  readonly isQuiet: boolean;
}

/**
 * @param task the work for an item
 * @param own statements that count
 */
export function failedFlag(
  program: Program,
  task: ts.FunctionExpression | ts.ArrowFunction,
  own: readonly ts.Statement[],
): FailedFlag | undefined {
  const sets: ts.ExpressionStatement[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node) && flagSetBy(node) !== undefined) sets.push(node);
    ts.forEachChild(node, visit);
  };
  visit(task);
  const symbols = new Set(sets.map((set) => program.symbolOf(flagSetBy(set) ?? set)));
  const [flag, ...others] = symbols;
  const declaration = flag?.valueDeclaration;
  if (flag === undefined || others.length > 0 || declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
  const { initializer } = declaration;
  const isFalse = initializer === undefined || initializer.kind === ts.SyntaxKind.FalseKeyword;
  if (!isFalse || isWithin(declaration, task)) return undefined;
  const tests = new Set<ts.Statement>();
  for (const name of program.references.to(flag)) {
    if (name === declaration.name || sets.some((set) => isWithin(name, set))) continue;
    const test = name.parent;
    if (!ts.isIfStatement(test) || test.expression !== name || !isOnlyReturn(test) || !isWithin(test, task)) return undefined;
    tests.add(test);
  }
  if (!sets.every((set) => isTestedBefore(set, tests))) return undefined;
  const statements = new Set<ts.Statement>([...tests, ...sets]);
  return { statements, idle: statementOf(declaration), isQuiet: isQuiet(program, [...own, ...statements]) };
}

/** `failed` of `failed = true;` */
function flagSetBy({ expression }: ts.ExpressionStatement): ts.Identifier | undefined {
  if (!ts.isBinaryExpression(expression) || expression.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return undefined;
  return expression.right.kind === ts.SyntaxKind.TrueKeyword && ts.isIdentifier(expression.left) ? expression.left : undefined;
}

function isOnlyReturn({ thenStatement, elseStatement }: ts.IfStatement): boolean {
  const [only, ...others] = statementsOf(thenStatement);
  return elseStatement === undefined && only !== undefined && others.length === 0 && isBareReturn(only);
}

/** Is it the first thing that is asked in the function that sets the flag? */
function isTestedBefore(set: ts.Statement, tests: ReadonlySet<ts.Statement>): boolean {
  let node: ts.Node = set;
  while (!isFunctionNode(node)) node = node.parent;
  const [first] = node.body !== undefined && ts.isBlock(node.body) ? node.body.statements : [];
  return first !== undefined && tests.has(first);
}

/** Do the functions that test the flag only fill variables of the function around the loop? */
function isQuiet(program: Program, passed: readonly ts.Statement[]): boolean {
  const isFilling = (statement: ts.Statement): boolean => {
    if (passed.includes(statement) || isBareReturn(statement)) return true;
    if (ts.isIfStatement(statement)) {
      // What is done about a failure is done once.
      const ends = statementsOf(statement.thenStatement).some((one) => passed.includes(one));
      return ends && statement.elseStatement === undefined;
    }
    if (!ts.isExpressionStatement(statement) || !ts.isBinaryExpression(statement.expression)) return false;
    const { left, right, operatorToken } = statement.expression;
    const root = ts.isElementAccessExpression(left) || ts.isPropertyAccessExpression(left) ? left.expression : left;
    const declared = ts.isIdentifier(root) ? program.symbolOf(root)?.valueDeclaration : undefined;
    const isLocal = declared !== undefined && ts.isVariableDeclaration(declared) && boundNames(declared.name).length === 1;
    return operatorToken.kind === ts.SyntaxKind.EqualsToken && isLocal && !hasCall(right) && !hasCall(left);
  };
  const tested = new Set<ts.Block>();
  for (const statement of passed) if (ts.isBlock(statement.parent) && isFunctionNode(statement.parent.parent)) tested.add(statement.parent);
  return [...tested].every((block) => block.statements.every(isFilling));
}

function hasCall(node: ts.Node): boolean {
  if (ts.isCallExpression(node) || ts.isNewExpression(node) || ts.isTaggedTemplateExpression(node)) return true;
  return ts.forEachChild(node, (child) => hasCall(child) || undefined) === true;
}

/** The statement that declares nothing else. */
export function statementOf({ parent }: ts.VariableDeclaration): ts.VariableStatement | undefined {
  if (!ts.isVariableDeclarationList(parent) || parent.declarations.length > 1) return undefined;
  return ts.isVariableStatement(parent.parent) ? parent.parent : undefined;
}
