/**
 * What a migration may name although nothing here has it yet: modules that are installed afterwards, and globals of another test runner.
 * A name that the file itself had given, and gives no longer, is none of these.
 */

import { ts } from 'ts-morph';

/** Assertions are imported from one test runner, and a global of another. Their other globals have a diagnostic of their own. */
const globalsOfTestRunners: ReadonlySet<string> = new Set(['expect', 'assert', 'jest', 'vi']);

/** @param fault the text of a diagnostic of the new file, as `faultsIn` gives it */
export function isMeantByMigration(fault: string, before: ts.SourceFile): boolean {
  if (fault.startsWith('Cannot find module ')) return true;
  const name = /^Cannot find name '([^']+)'/.exec(fault)?.[1];
  return name !== undefined && (globalsOfTestRunners.has(name) || !declares(before, name));
}

function declares(file: ts.SourceFile, name: string): boolean {
  const visit = (node: ts.Node): boolean =>
    (isDeclaration(node) && node.name !== undefined && ts.isIdentifier(node.name) && node.name.text === name) ||
    ts.forEachChild(node, visit) === true;
  return visit(file);
}

function isDeclaration(node: ts.Node): node is ts.NamedDeclaration {
  return (
    ts.isVariableDeclaration(node) ||
    ts.isBindingElement(node) ||
    ts.isParameter(node) ||
    ts.isFunctionLike(node) ||
    ts.isClassLike(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isEnumDeclaration(node) ||
    ts.isImportClause(node) ||
    ts.isNamespaceImport(node) ||
    ts.isImportSpecifier(node) ||
    ts.isImportEqualsDeclaration(node)
  );
}
