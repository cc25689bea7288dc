/** Arrays with places where nothing is: the methods of arrays pass over them, which a loop does not. */

import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import { unwrapped } from './functions.ts';

/** How far a value is followed from name to name. */
const maximumDepth = 4;

/** `made`: with holes. `perhaps`: elements are put at places that are not told to follow each other. */
export type Holes = 'made' | 'perhaps' | 'none';

/** For all that can be seen of how the array is made and changed: what others make is taken to have none. */
export function holesOf(program: Program, expression: ts.Expression, depth = 0): Holes {
  const bare = unwrapped(expression);
  if (depth > maximumDepth) return 'none';
  const follow = (one: ts.Expression): Holes => holesOf(program, one, depth + 1);
  if (ts.isArrayLiteralExpression(bare)) return bare.elements.some(ts.isOmittedExpression) ? 'made' : 'none';
  if (ts.isAwaitExpression(bare)) return follow(bare.expression);
  if (ts.isConditionalExpression(bare)) return worst([follow(bare.whenTrue), follow(bare.whenFalse)]);
  if (ts.isBinaryExpression(bare)) return worst([follow(bare.left), follow(bare.right)]);
  if (ts.isNewExpression(bare) || ts.isCallExpression(bare)) {
    if (isOfLength(bare)) return 'made';
    const { expression: callee } = bare;
    return ts.isPropertyAccessExpression(callee) && keeping.has(callee.name.text) ? follow(callee.expression) : 'none';
  }
  if (!ts.isIdentifier(bare) && !ts.isPropertyAccessExpression(bare)) return 'none';
  const symbol = program.symbolOf(ts.isIdentifier(bare) ? bare : bare.name);
  if (symbol === undefined) return 'none';
  const changes = program.references.to(symbol).map((name) => holeMadeAt(valueNamed(name)));
  return worst([...changes, ...valuesOf(program, symbol).map(follow)]);
}

function worst(all: readonly Holes[]): Holes {
  if (all.includes('made')) return 'made';
  return all.includes('perhaps') ? 'perhaps' : 'none';
}

/** `new Array(files.length)` */
function isOfLength({ expression: callee, arguments: given }: ts.NewExpression | ts.CallExpression): boolean {
  if (!ts.isIdentifier(callee) || callee.text !== 'Array' || given?.length !== 1) return false;
  const [length] = given;
  return length !== undefined && !ts.isStringLiteralLike(length) && !ts.isArrayLiteralExpression(length) && !ts.isSpreadElement(length);
}

/** Methods that give an array with the holes of the one that they are called on. */
const keeping = new Set(['concat', 'map', 'reverse', 'slice', 'sort', 'splice']);

function valueNamed(name: ts.Identifier): ts.Expression {
  return ts.isPropertyAccessExpression(name.parent) && name.parent.name === name ? name.parent : name;
}

/** `delete list[at]`, `list[order] = file`, `list.length = 10`. */
function holeMadeAt(list: ts.Expression): Holes {
  const { parent: access } = list;
  if (ts.isElementAccessExpression(access) && access.expression === list) {
    if (ts.isDeleteExpression(access.parent)) return 'made';
    return isAssigned(access) && !isNextPlace(access.argumentExpression, list) ? 'perhaps' : 'none';
  }
  if (!ts.isPropertyAccessExpression(access) || access.expression !== list || access.name.text !== 'length' || !isAssigned(access))
    return 'none';
  return ts.isBinaryExpression(access.parent) && access.parent.right.getText() !== '0' ? 'perhaps' : 'none';
}

function isAssigned(target: ts.Expression): boolean {
  const { parent } = target;
  return ts.isBinaryExpression(parent) && parent.left === target && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken;
}

/** `list[list.length]`, `list[count++]`, `list[0]`, `list[i]` of a loop or callback that counts. */
function isNextPlace(at: ts.Expression, list: ts.Expression): boolean {
  if (ts.isPostfixUnaryExpression(at) || ts.isNumericLiteral(at) || at.getText() === `${list.getText()}.length`) return true;
  if (!ts.isIdentifier(at)) return false;
  for (let node: ts.Node = at.parent; !ts.isSourceFile(node); node = node.parent) {
    if (ts.isForStatement(node) && node.incrementor !== undefined && mentions(node.incrementor, at.text)) return true;
    if (ts.isFunctionLike(node) && node.parameters.some(({ name }, index) => index > 0 && name.getText() === at.text)) return true;
  }
  return false;
}

function mentions(node: ts.Node, name: string): boolean {
  return (ts.isIdentifier(node) && node.text === name) || ts.forEachChild(node, (child) => mentions(child, name)) === true;
}

/** What the name or member is set to, where it is declared and later. */
function valuesOf(program: Program, symbol: ts.Symbol): readonly ts.Expression[] {
  const values: ts.Expression[] = [];
  for (const declaration of symbol.declarations ?? []) {
    if (!program.owns(declaration)) continue;
    if (
      (ts.isVariableDeclaration(declaration) || ts.isPropertyDeclaration(declaration) || ts.isPropertyAssignment(declaration)) &&
      declaration.initializer !== undefined
    ) {
      values.push(declaration.initializer);
    }
  }
  for (const name of program.references.to(symbol)) {
    const target = valueNamed(name);
    if (isAssigned(target) && ts.isBinaryExpression(target.parent)) values.push(target.parent.right);
  }
  return values;
}
