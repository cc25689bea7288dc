/**
 * What is looked for in each file of a program, gathered by one walk of its tree: names, and the kinds of nodes that make or use what names
 * stand for. Kept by tree: an unchanged file keeps its index across passes.
 */

import { ts } from 'ts-morph';

/** A call, an assignment, an access in brackets, a class or interface, an import or an export from elsewhere. */
export type Landmark =
  | ts.CallExpression
  | ts.BinaryExpression
  | ts.ElementAccessExpression
  | ts.ClassLikeDeclaration
  | ts.InterfaceDeclaration
  | ts.ImportDeclaration
  | ts.ExportDeclaration;

interface TreeIndex {
  readonly names: ReadonlyMap<string, readonly ts.Identifier[]>;
  readonly landmarks: readonly Landmark[];
}

const indexes = new WeakMap<ts.SourceFile, TreeIndex>();

/** Every identifier with the name in the tree. */
export function identifiersByName(file: ts.SourceFile): TreeIndex['names'] {
  return indexOf(file).names;
}

/** In the order in which they begin, an outer one before those in it. */
export function landmarksIn(file: ts.SourceFile): readonly Landmark[] {
  return indexOf(file).landmarks;
}

function indexOf(file: ts.SourceFile): TreeIndex {
  const known = indexes.get(file);
  if (known !== undefined) return known;
  const names = new Map<string, ts.Identifier[]>();
  const landmarks: Landmark[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const list = names.get(node.text);
      if (list === undefined) names.set(node.text, [node]);
      else list.push(node);
      return;
    }
    if (isLandmark(node)) landmarks.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  const index = { names, landmarks };
  indexes.set(file, index);
  return index;
}

function isLandmark(node: ts.Node): node is Landmark {
  switch (node.kind) {
    case ts.SyntaxKind.CallExpression:
    case ts.SyntaxKind.ElementAccessExpression:
    case ts.SyntaxKind.ClassDeclaration:
    case ts.SyntaxKind.ClassExpression:
    case ts.SyntaxKind.InterfaceDeclaration:
    case ts.SyntaxKind.ImportDeclaration:
    case ts.SyntaxKind.ExportDeclaration:
      return true;
    case ts.SyntaxKind.BinaryExpression:
      return (node as ts.BinaryExpression).operatorToken.kind === ts.SyntaxKind.EqualsToken;
    default:
      return false;
  }
}
