/** Functions that a framework calls with itself, when it loads the file that exports them. */

import { ts } from 'ts-morph';
import { handedModules, type HandedModule } from '../../catalog/handed-modules.ts';
import type { Program } from './program.ts';

/** The framework that calls the function, where the function is all that its file exports. */
export function handedModule(program: Program, fn: ts.SignatureDeclaration): HandedModule | undefined {
  const name = fn.parameters[0]?.name;
  const row = name !== undefined && ts.isIdentifier(name) ? handedModules.find(({ parameter }) => parameter === name.text) : undefined;
  if (row === undefined || program.packages.version(fn.getSourceFile().fileName, row.module) === undefined) return undefined;
  return isWholeExport(program, fn) ? row : undefined;
}

function isWholeExport(program: Program, fn: ts.SignatureDeclaration): boolean {
  if (isExportedAt(fn)) return true;
  if (!ts.isFunctionDeclaration(fn)) return false;
  const modifiers = ts.getModifiers(fn) ?? [];
  if (modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)) return true;
  const symbol = fn.name && program.symbolOf(fn.name);
  return symbol !== undefined && program.references.to(symbol).some(isExportedAt);
}

/** `module.exports = …`, `exports = module.exports = …`, `export default …`. */
function isExportedAt(value: ts.Node): boolean {
  const { parent } = value;
  if (ts.isParenthesizedExpression(parent)) return isExportedAt(parent);
  if (ts.isExportAssignment(parent)) return true;
  if (!ts.isBinaryExpression(parent) || parent.right !== value || parent.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return false;
  return /^module\s*\.\s*exports$/.test(parent.left.getText()) || isExportedAt(parent);
}
