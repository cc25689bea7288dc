/**
 * Blocking functions that the program puts others in place of, as tests do: `fs.readFileSync = …`, `sinon.stub(fs, 'readFileSync')`,
 * `proxyquire('./store', { fs: { readFileSync: … } })`. Code that calls the promise form would not meet the stand-in.
 */

import { ts } from 'ts-morph';
import { blockingCalls } from '../../catalog/blocking-calls.ts';
import type { Reason } from '../../engine/finding.ts';
import { placeOf } from '../../engine/program/place.ts';
import type { Program } from '../../engine/program/program.ts';
import type { Site } from './sites.ts';

const found = new WeakMap<ts.TypeChecker, ReadonlyMap<string, ts.Node>>();

export function standInFor(program: Program, { name }: Site): Reason | undefined {
  let standIns = found.get(program.checker);
  if (standIns === undefined) found.set(program.checker, (standIns = collected(program)));
  const place = standIns.get(name);
  if (place === undefined) return undefined;
  return {
    code: 'no-twin',
    message: `Something is put in the place of \`${name}\` at ${placeOf(program, place)}, and its promise form would not meet that.`,
    help: 'Put it in the place of the promise form too.',
  };
}

function collected(program: Program): ReadonlyMap<string, ts.Node> {
  const standIns = new Map<string, ts.Node>();
  const add = (name: string | undefined, node: ts.Node): void => {
    if (name !== undefined && name.endsWith('Sync') && !standIns.has(name)) standIns.set(name, node);
  };
  const isModule = (expression: ts.Expression | undefined): boolean => {
    const key = expression && program.originOf(expression)?.key;
    return key !== undefined && blockingModules.has(key);
  };
  for (const file of program.files) {
    if (!/Sync\b/.test(file.text)) continue;
    const visit = (node: ts.Node): void => {
      if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
        const { left } = node;
        if (ts.isPropertyAccessExpression(left) && isModule(left.expression)) add(left.name.text, node);
      } else if (ts.isCallExpression(node)) {
        const [target, name] = node.arguments;
        if (name !== undefined && ts.isStringLiteralLike(name) && isModule(target)) add(name.text, node);
      } else if (isMember(node) && isInArgument(node.parent)) {
        add(node.name.getText(), node);
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return standIns;
}

const blockingModules: ReadonlySet<string> = new Set([...blockingCalls.keys()].map((key) => key.split('.')[0] ?? key));

function isMember(node: ts.Node): node is ts.PropertyAssignment | ts.MethodDeclaration {
  if (ts.isPropertyAssignment(node)) return ts.isFunctionExpression(node.initializer) || ts.isArrowFunction(node.initializer);
  return ts.isMethodDeclaration(node) && ts.isObjectLiteralExpression(node.parent);
}

/** Of a call, or within a literal that is. */
function isInArgument(literal: ts.Node): boolean {
  const { parent } = literal;
  if (ts.isPropertyAssignment(parent)) return isInArgument(parent.parent);
  return ts.isCallExpression(parent) && parent.expression !== literal;
}
