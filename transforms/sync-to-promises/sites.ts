/** Finds the calls of a file that the catalog knows to block. */

import { ts } from 'ts-morph';
import { blockingCalls, type BlockingCall } from '../../catalog/blocking-calls.ts';
import type { Program } from '../../engine/program/program.ts';

export interface Site {
  readonly call: ts.CallExpression;
  readonly row: BlockingCall;
  /** As people name it: `readFileSync`, `mkdirp.sync`. */
  readonly name: string;
}

/** In source order; a call inside another one's arguments follows it. */
export function sitesOf(program: Program, file: ts.SourceFile): Site[] {
  const aliases = aliasesOf(file);
  const sites: Site[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const name = calleeName(node.expression);
      if (name !== undefined && (name.endsWith('Sync') || name === 'sync' || name === 'native' || aliases.has(name))) {
        const key = program.originOf(node.expression)?.key;
        const row = key === undefined ? undefined : blockingCalls.get(key);
        if (key !== undefined && row !== undefined) sites.push({ call: node, row, name: displayName(key) });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return sites;
}

function calleeName(callee: ts.Expression): string | undefined {
  if (ts.isParenthesizedExpression(callee)) return calleeName(callee.expression);
  if (ts.isIdentifier(callee)) return callee.text;
  if (ts.isPropertyAccessExpression(callee)) return callee.name.text;
  return ts.isElementAccessExpression(callee) && ts.isStringLiteralLike(callee.argumentExpression)
    ? callee.argumentExpression.text
    : undefined;
}

function displayName(key: string): string {
  const parts = key.split('.');
  const last = parts.at(-1) ?? key;
  return last === 'sync' || last === 'native' ? parts.slice(-2).join('.') : last;
}

/** Names that the file gives to blocking functions: `const { readFileSync: read } = fs`, `const read = fs.readFileSync`. */
function aliasesOf(file: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if ((ts.isBindingElement(node) || ts.isImportSpecifier(node)) && node.propertyName !== undefined && ts.isIdentifier(node.name)) {
      if (/^(\w+Sync|sync)$/.test(node.propertyName.getText())) names.add(node.name.text);
    } else if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer !== undefined) {
      const value = calleeName(node.initializer);
      if (value !== undefined && /^(\w+Sync|sync)$/.test(value)) names.add(node.name.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return names;
}
