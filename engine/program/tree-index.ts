/**
 * What is looked for in each file of a program, gathered by one walk of its tree: names, and the kinds of nodes that make or use what names
 * stand for. Kept by tree: an unchanged file keeps its index across passes.
 */

import { ts } from 'ts-morph';

/** Each list in the order in which its nodes begin, an outer one before those in it. */
interface TreeIndex {
  readonly names: ReadonlyMap<string, readonly ts.Identifier[]>;
  readonly calls: readonly ts.CallExpression[];
  readonly brackets: readonly ts.ElementAccessExpression[];
  /** Imports, exports from elsewhere, `require(…)` and `import(…)`. */
  readonly loads: readonly (ts.ImportDeclaration | ts.ExportDeclaration | ts.CallExpression)[];
  /** What may say that one type inherits from another: classes and interfaces, calls with two arguments, assignments to a member. */
  readonly heirs: readonly (ts.ClassLikeDeclaration | ts.InterfaceDeclaration | ts.CallExpression | ts.BinaryExpression)[];
}

const indexes = new WeakMap<ts.SourceFile, TreeIndex>();

/** Every identifier with the name in the tree. */
export function identifiersByName(file: ts.SourceFile): TreeIndex['names'] {
  return indexOf(file).names;
}

export function callsIn(file: ts.SourceFile): TreeIndex['calls'] {
  return indexOf(file).calls;
}

/** `x[key]` */
export function bracketsIn(file: ts.SourceFile): TreeIndex['brackets'] {
  return indexOf(file).brackets;
}

export function loadsIn(file: ts.SourceFile): TreeIndex['loads'] {
  return indexOf(file).loads;
}

export function possibleHeirsIn(file: ts.SourceFile): TreeIndex['heirs'] {
  return indexOf(file).heirs;
}

function indexOf(file: ts.SourceFile): TreeIndex {
  const known = indexes.get(file);
  if (known !== undefined) return known;
  const names = new Map<string, ts.Identifier[]>();
  const calls: ts.CallExpression[] = [];
  const brackets: ts.ElementAccessExpression[] = [];
  const loads: TreeIndex['loads'][number][] = [];
  const heirs: TreeIndex['heirs'][number][] = [];
  const visit = (node: ts.Node): void => {
    switch (node.kind) {
      // `#load` names a member as `load` does, and nothing else has such a name.
      case ts.SyntaxKind.PrivateIdentifier:
      case ts.SyntaxKind.Identifier: {
        const { text } = node as ts.Identifier;
        const list = names.get(text);
        if (list === undefined) names.set(text, [node as ts.Identifier]);
        else list.push(node as ts.Identifier);
        return;
      }
      case ts.SyntaxKind.CallExpression:
        calls.push(node as ts.CallExpression);
        if (isLoading(node as ts.CallExpression)) loads.push(node as ts.CallExpression);
        if ((node as ts.CallExpression).arguments.length > 1) heirs.push(node as ts.CallExpression);
        break;
      case ts.SyntaxKind.ElementAccessExpression:
        brackets.push(node as ts.ElementAccessExpression);
        break;
      case ts.SyntaxKind.ClassDeclaration:
      case ts.SyntaxKind.ClassExpression:
      case ts.SyntaxKind.InterfaceDeclaration:
        heirs.push(node as ts.ClassLikeDeclaration | ts.InterfaceDeclaration);
        break;
      case ts.SyntaxKind.ImportDeclaration:
      case ts.SyntaxKind.ExportDeclaration:
        loads.push(node as ts.ImportDeclaration | ts.ExportDeclaration);
        break;
      case ts.SyntaxKind.BinaryExpression:
        if (isMemberAssigned(node as ts.BinaryExpression)) heirs.push(node as ts.BinaryExpression);
        break;
      default:
        break;
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  const index = { names, calls, brackets, loads, heirs };
  indexes.set(file, index);
  return index;
}

function isLoading({ expression }: ts.CallExpression): boolean {
  return (
    expression.kind === ts.SyntaxKind.ImportKeyword ||
    (expression.kind === ts.SyntaxKind.Identifier && (expression as ts.Identifier).text === 'require')
  );
}

function isMemberAssigned({ operatorToken, left }: ts.BinaryExpression): boolean {
  return operatorToken.kind === ts.SyntaxKind.EqualsToken && left.kind === ts.SyntaxKind.PropertyAccessExpression;
}
