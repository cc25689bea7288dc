/** Functions that are called out of a table: `handlers[request.method](request, response, connection)`. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';

/**
 * What the calls of a function that is a property of objects give for one of its parameters.
 * @returns undefined where it may be called out of sight
 */
export function argumentsFor(program: Program, owner: ts.SignatureDeclaration, index: number): readonly ts.Expression[] | undefined {
  const calls = callsOf(program, owner);
  const given = calls?.map((call) => call.arguments[index]);
  return given === undefined || given.length === 0 || given.includes(undefined) ? undefined : given.flatMap((one) => one ?? []);
}

function callsOf(program: Program, owner: ts.SignatureDeclaration): readonly ts.CallExpression[] | undefined {
  const calls = new Set<ts.CallExpression>();
  const pending = namesOf(program, owner);
  const known = new Set<ts.Symbol>(pending);
  const add = (symbol: ts.Symbol | undefined): void => {
    if (symbol === undefined || known.has(symbol)) return;
    known.add(symbol);
    pending.push(symbol);
  };
  for (const table of tableAround(owner)) {
    const found = callsOfTable(program, table);
    if (found === undefined) return undefined;
    for (const call of found) calls.add(call);
  }
  for (let symbol = pending.pop(); symbol !== undefined; symbol = pending.pop()) {
    for (const use of program.references.to(symbol)) {
      const access = ts.isPropertyAccessExpression(use.parent) && use.parent.name === use ? use.parent : use;
      const { parent } = access;
      if (isName(access) || isImport(access)) continue;
      if (ts.isCallExpression(parent) && parent.expression === access) calls.add(parent);
      else if ((ts.isPropertyAssignment(parent) && parent.initializer === access) || ts.isShorthandPropertyAssignment(parent)) {
        add(program.checker.getSymbolAtLocation(parent.name));
        const found = callsOfTable(program, parent.parent);
        if (found === undefined) return undefined;
        for (const call of found) calls.add(call);
      } else if (!isExported(access)) return undefined;
    }
  }
  return [...calls];
}

function namesOf(program: Program, owner: ts.SignatureDeclaration): ts.Symbol[] {
  const { parent } = owner;
  const name = ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) ? parent.name : owner.name;
  const assigned = ts.isBinaryExpression(parent) && ts.isPropertyAccessExpression(parent.left) ? parent.left.name : undefined;
  return [name, assigned].flatMap((one) => (one === undefined ? [] : (program.symbolOf(one) ?? [])));
}

function tableAround({ parent }: ts.SignatureDeclaration): ts.ObjectLiteralExpression[] {
  const table = ts.isPropertyAssignment(parent) ? parent.parent : parent;
  return ts.isObjectLiteralExpression(table) ? [table] : [];
}

/** Calls of whichever of the table's functions. */
function callsOfTable(program: Program, table: ts.ObjectLiteralExpression): readonly ts.CallExpression[] | undefined {
  const { parent } = table;
  if (ts.isBinaryExpression(parent) && parent.right === table && isExports(parent.left)) return isIndexed(program, table) ? undefined : [];
  const symbol = ts.isVariableDeclaration(parent) ? program.symbolOf(parent.name) : undefined;
  if (symbol === undefined) return undefined;
  const calls: ts.CallExpression[] = [];
  for (const use of program.references.to(symbol)) {
    const access = use.parent;
    if (isName(use) || (ts.isPropertyAccessExpression(access) && access.expression === use)) continue;
    const call = ts.isElementAccessExpression(access) && access.expression === use ? access.parent : undefined;
    if (call !== undefined && ts.isCallExpression(call) && call.expression === access) calls.push(call);
    // `if (handlers[name])`
    else if (call === undefined || !(ts.isIfStatement(call) || ts.isPrefixUnaryExpression(call))) {
      if (!isExported(use)) return undefined;
    }
  }
  return calls;
}

/** Does a module that loads this one call its exports by names that are computed? */
function isIndexed(program: Program, table: ts.Node): boolean {
  return program.references.toModule(table.getSourceFile()).some((specifier) => {
    const holder = specifier.parent.parent;
    if (!ts.isVariableDeclaration(holder)) return ts.isElementAccessExpression(holder);
    if (!ts.isIdentifier(holder.name)) return false;
    const uses = program.references.namedIn(specifier.getSourceFile(), holder.name.text);
    return uses.some((use) => ts.isElementAccessExpression(use.parent) && use.parent.expression === use);
  });
}

function isExports(target: ts.Expression): boolean {
  return /^(?:module\.)?exports$/.test(target.getText());
}

/** `exports.load = load`, `module.exports = load`, `export { load }` */
function isExported(access: ts.Expression): boolean {
  const { parent } = access;
  if (ts.isExportSpecifier(parent) || ts.isExportAssignment(parent)) return true;
  return ts.isBinaryExpression(parent) && parent.right === access && /^(?:module\.)?exports\b/.test(parent.left.getText());
}

function isName(access: ts.Expression): boolean {
  const { parent } = access;
  if (ts.isBinaryExpression(parent)) return parent.left === access;
  return (
    (ts.isVariableDeclaration(parent) ||
      ts.isPropertyAssignment(parent) ||
      ts.isFunctionDeclaration(parent) ||
      ts.isMethodDeclaration(parent)) &&
    parent.name === access
  );
}

function isImport(access: ts.Expression): boolean {
  const { parent } = access;
  return ts.isImportSpecifier(parent) || ts.isImportClause(parent) || ts.isNamespaceImport(parent) || ts.isBindingElement(parent);
}
