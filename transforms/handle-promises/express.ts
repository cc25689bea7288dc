/** The functions that Express is given: which parameter is `next`, which the response, and where one has to be added. */

import { ts } from 'ts-morph';
import { handlerPositions } from '../../engine/async/express-handler.ts';
import type { FunctionNode } from '../../engine/async/functions.ts';
import type { ReplaceEdit } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import { identifiersIn } from '../../engine/source/names.ts';

export function responseOf(fn: FunctionNode): ts.Identifier | undefined {
  const parameter = fn.parameters[handlerPositions(fn).response];
  return parameter !== undefined && ts.isIdentifier(parameter.name) ? parameter.name : undefined;
}

/** The name of `next` in `fn` as `at` sees it, and the parameter to add when there is none. */
export function nextOf(program: Program, fn: FunctionNode, at: ts.Node): { name: string; edits: readonly ReplaceEdit[] } | undefined {
  const present = fn.parameters[handlerPositions(fn).next];
  if (present !== undefined) {
    if (!ts.isIdentifier(present.name)) return undefined;
    const visible = at === fn ? undefined : program.checker.resolveName(present.name.text, at, ts.SymbolFlags.Value, false);
    const own = program.checker.getSymbolAtLocation(present.name);
    return at === fn || visible === own ? { name: present.name.text, edits: [] } : undefined;
  }
  // Without a response no answer comes from here, and a third parameter would be the first that is used.
  const last = fn.parameters[1];
  if (fn.parameters.length !== 2 || last === undefined || last.dotDotDotToken !== undefined) return undefined;
  const name = ['next', 'forward'].find((one) => identifiersIn(fn, one).length === 0);
  if (name === undefined) return undefined;
  const typed = last.type === undefined ? undefined : nextType(last.type);
  return { name, edits: [{ kind: 'replace', path: program.pathOf(fn), start: last.end, end: last.end, text: `, ${name}${typed ?? ''}` }] };
}

/** `res: express.Response` has `express.NextFunction` beside it; without either, the type is spelled out. */
function nextType(type: ts.TypeNode): string {
  if (ts.isTypeReferenceNode(type) && ts.isQualifiedName(type.typeName)) return `: ${type.typeName.left.getText()}.NextFunction`;
  const imported = identifiersIn(type.getSourceFile(), 'NextFunction').some((identifier) => ts.isImportSpecifier(identifier.parent));
  return imported ? ': NextFunction' : ': (error?: unknown) => void';
}

/** Does `node` use the response of the handler, or hand on its request? */
export function usesAnswer(program: Program, node: ts.Node, fn: FunctionNode): boolean {
  const names = [fn.parameters[handlerPositions(fn).response], fn.parameters[handlerPositions(fn).next]];
  return names.some((parameter) => {
    if (parameter === undefined || !ts.isIdentifier(parameter.name)) return false;
    const own = program.checker.getSymbolAtLocation(parameter.name);
    return identifiersIn(node, parameter.name.text).some((identifier) => program.symbolOf(identifier) === own);
  });
}

const answering = new Set(['send', 'json', 'jsonp', 'end', 'redirect', 'render', 'sendFile', 'sendStatus', 'download']);

/** Has an answer been given by a statement of the function that stands before `site`? */
export function isAnsweredBefore(program: Program, fn: FunctionNode, site: ts.Node): boolean {
  const response = responseOf(fn);
  if (response === undefined) return false;
  const own = program.checker.getSymbolAtLocation(response);
  return identifiersIn(fn, response.text).some((identifier) => {
    if (identifier.end > site.getStart() || program.symbolOf(identifier) !== own) return false;
    return isAnswer(identifier) && comesBefore(identifier, site, fn);
  });
}

/** `res.json(…)`, `res.status(201).json(…)` */
function isAnswer(response: ts.Identifier): boolean {
  let node: ts.Node = response;
  while (ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node) {
    if (answering.has(node.parent.name.text)) return ts.isCallExpression(node.parent.parent);
    node = ts.isCallExpression(node.parent.parent) ? node.parent.parent : node.parent;
  }
  return false;
}

/** The statement with the answer is always run before the site: it stands in a block that holds the site too. */
function comesBefore(answer: ts.Node, site: ts.Node, fn: FunctionNode): boolean {
  let statement: ts.Node = answer;
  while (!ts.isStatement(statement)) {
    if (statement === fn) return false;
    statement = statement.parent;
  }
  const block = statement.parent;
  for (let node = site; node !== fn; node = node.parent) if (node.parent === block) return true;
  return false;
}
