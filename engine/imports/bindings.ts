/** The bindings that a file's top-level imports and requires make. Reads a tree only; needs no symbols. */

import { ts } from 'ts-morph';

/** A top-level `import … from 'x'` or `const … = require('x')`. */
export interface ModuleBinding {
  readonly statement: ts.ImportDeclaration | ts.VariableStatement;
  readonly specifier: ts.StringLiteralLike;
  /** The declarator, for `require`: a statement may have several. */
  readonly declaration: ts.VariableDeclaration | undefined;
  /** Bound as a whole: `fs` in `const fs = require('fs')`, `import fs from`, `import * as fs from`. */
  readonly whole: ts.Identifier | undefined;
  /** A member bound at once: `readFile` in `const read = require('fs').readFile`. */
  readonly member: string | undefined;
  /** Bound by name, in braces. */
  readonly named: readonly NamedBinding[];
  /** The braces, when there are any that a name can be added to. */
  readonly braces: ts.NamedImports | ts.ObjectBindingPattern | undefined;
}

export interface NamedBinding {
  readonly node: ts.ImportSpecifier | ts.BindingElement;
  readonly imported: string;
  readonly local: ts.Identifier;
}

export function moduleBindings(file: ts.SourceFile): ModuleBinding[] {
  return file.statements.flatMap((statement) => {
    if (ts.isImportDeclaration(statement)) return importBinding(statement) ?? [];
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.flatMap((one) => requireBinding(statement, one) ?? []);
    return [];
  });
}

function importBinding(statement: ts.ImportDeclaration): ModuleBinding | undefined {
  const { importClause: clause, moduleSpecifier: specifier } = statement;
  if (!ts.isStringLiteral(specifier)) return undefined;
  const bindings = clause?.namedBindings;
  const braces = bindings !== undefined && ts.isNamedImports(bindings) ? bindings : undefined;
  return {
    statement,
    specifier,
    declaration: undefined,
    whole: clause?.name ?? (bindings !== undefined && ts.isNamespaceImport(bindings) ? bindings.name : undefined),
    member: undefined,
    named: (braces?.elements ?? []).map((node) => ({ node, imported: (node.propertyName ?? node.name).text, local: node.name })),
    braces: clause?.phaseModifier === ts.SyntaxKind.TypeKeyword ? undefined : braces,
  };
}

function requireBinding(statement: ts.VariableStatement, declaration: ts.VariableDeclaration): ModuleBinding | undefined {
  const value = declaration.initializer;
  const member = value !== undefined && ts.isPropertyAccessExpression(value) ? value.name.text : undefined;
  const call = value !== undefined && ts.isPropertyAccessExpression(value) ? value.expression : value;
  if (call === undefined || !ts.isCallExpression(call) || !ts.isIdentifier(call.expression) || call.expression.text !== 'require')
    return undefined;
  const [specifier] = call.arguments;
  if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return undefined;
  const { name } = declaration;
  const braces = ts.isObjectBindingPattern(name) ? name : undefined;
  return {
    statement,
    specifier,
    declaration,
    whole: ts.isIdentifier(name) ? name : undefined,
    member,
    named: (braces?.elements ?? []).flatMap((node) => {
      const key = node.propertyName ?? node.name;
      return ts.isIdentifier(key) && ts.isIdentifier(node.name) ? [{ node, imported: key.text, local: node.name }] : [];
    }),
    braces: member === undefined ? braces : undefined,
  };
}

/** Is the identifier a name in scope, rather than the name of a member? */
export function isScopeName(identifier: ts.Identifier): boolean {
  const { parent } = identifier;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === identifier;
  if (ts.isQualifiedName(parent)) return parent.left === identifier;
  if (ts.isBindingElement(parent)) return parent.propertyName !== identifier;
  if (ts.isImportSpecifier(parent)) return parent.propertyName !== identifier;
  if (
    ts.isPropertyAssignment(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isPropertySignature(parent)
  ) {
    return parent.name !== identifier;
  }
  return !ts.isMethodSignature(parent) && !ts.isGetAccessor(parent) && !ts.isSetAccessor(parent);
}

/** Every name in scope somewhere in the file, with the identifiers that spell it. */
export function scopeNames(file: ts.SourceFile): ReadonlyMap<string, readonly ts.Identifier[]> {
  const known = scopeNamesByFile.get(file);
  if (known !== undefined) return known;
  const names = new Map<string, ts.Identifier[]>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && isScopeName(node)) {
      const list = names.get(node.text);
      if (list === undefined) names.set(node.text, [node]);
      else list.push(node);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  scopeNamesByFile.set(file, names);
  return names;
}

const scopeNamesByFile = new WeakMap<ts.SourceFile, ReadonlyMap<string, readonly ts.Identifier[]>>();
