/**
 * File descriptors that a variable holds from `openSync` to `closeSync`, and nobody else sees: `fs.promises` has file handles for them, whose
 * methods take the same arguments. All the calls of a descriptor become calls of the handle, or none does.
 */

import { ts } from 'ts-morph';
import { handleMethods } from '../../catalog/blocking-calls.ts';
import { continuesLastLine, needsParentheses } from '../../engine/async/await-edits.ts';
import { outermost } from '../../engine/async/functions.ts';
import type { Edit } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import { commentsIn } from '../../engine/source/layout.ts';
import { isDiscarded } from './command-output.ts';
import type { Site } from './sites.ts';

export interface FileHandle {
  /** Several where a variable is given one or another file. */
  readonly opens: readonly Site[];
  /** Calls that take the descriptor first. */
  readonly uses: readonly Site[];
}

/** @returns each handle under all of its sites */
export function fileHandles(program: Program, sites: readonly Site[]): ReadonlyMap<Site, FileHandle> {
  const byCall = new Map(sites.map((site) => [site.call, site]));
  const handles = new Map<Site, FileHandle>();
  for (const open of sites) {
    if (handles.has(open) || !isOpen(program, open)) continue;
    const handle = handleOf(program, open, byCall);
    // A handle that nobody closes is closed, with a warning, whenever the garbage collector finds it.
    if (handle?.uses.some(({ name }) => name === 'closeSync') !== true) continue;
    for (const site of [...handle.opens, ...handle.uses]) handles.set(site, handle);
  }
  return handles;
}

function isOpen(program: Program, { call, name }: Site): boolean {
  return name === 'openSync' && program.originOf(call.expression)?.key === 'fs.openSync' && !call.arguments.some(ts.isSpreadElement);
}

function handleOf(program: Program, open: Site, byCall: ReadonlyMap<ts.CallExpression, Site>): FileHandle | undefined {
  const value = outermost(open.call);
  const { parent } = value;
  if (ts.isCallExpression(parent) && parent.arguments[0] === value) {
    const use = useOf(program, byCall.get(parent));
    return use && { opens: [open], uses: [use] };
  }
  const name = holderOf(value, parent);
  const symbol = name && program.symbolOf(name);
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined || !isPlainVariable(declaration)) return undefined;
  const opens = new Set([open]);
  const uses: Site[] = [];
  for (const identifier of program.references.to(symbol)) {
    const given = givenTo(identifier);
    if (given === 'nothing' || isTested(identifier)) continue;
    if (given !== undefined) {
      const site = ts.isCallExpression(given) ? byCall.get(given) : undefined;
      if (site === undefined || !isOpen(program, site)) return undefined;
      opens.add(site);
      continue;
    }
    const argument = identifier.parent;
    const use = ts.isCallExpression(argument) && argument.arguments[0] === identifier ? useOf(program, byCall.get(argument)) : undefined;
    if (use === undefined) return undefined;
    uses.push(use);
  }
  return { opens: [...opens], uses };
}

/** The variable that is given the value: `const fd = …`, or `fd = …;`. */
function holderOf(value: ts.Node, parent: ts.Node): ts.Identifier | undefined {
  if (ts.isVariableDeclaration(parent) && parent.initializer === value) return ts.isIdentifier(parent.name) ? parent.name : undefined;
  const isAssigned = ts.isBinaryExpression(parent) && parent.right === value && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken;
  return isAssigned && ts.isIdentifier(parent.left) && ts.isExpressionStatement(parent.parent) ? parent.left : undefined;
}

/** Of no type that would say that it is a number, and no export. */
function isPlainVariable(declaration: ts.Declaration): boolean {
  return (
    ts.isVariableDeclaration(declaration) &&
    declaration.type === undefined &&
    ts.isVariableStatement(declaration.parent.parent) &&
    declaration.parent.parent.modifiers === undefined
  );
}

/** What the declaration or assignment gives to the variable of that name. */
function givenTo(identifier: ts.Identifier): ts.Expression | 'nothing' | undefined {
  const { parent } = identifier;
  if (ts.isVariableDeclaration(parent) && parent.name === identifier) return isNothing(parent.initializer) ? 'nothing' : parent.initializer;
  if (!ts.isBinaryExpression(parent) || parent.left !== identifier || parent.operatorToken.kind !== ts.SyntaxKind.EqualsToken)
    return undefined;
  return isNothing(parent.right) ? 'nothing' : parent.right;
}

function isNothing(value: ts.Expression | undefined): boolean {
  return value === undefined || value.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(value) && value.text === 'undefined');
}

/** `if (fd)`, `fd !== undefined`: a descriptor that was opened is no 0, as that is the standard input. */
function isTested(identifier: ts.Identifier): boolean {
  const { parent } = identifier;
  if (ts.isIfStatement(parent)) return true;
  if (ts.isPrefixUnaryExpression(parent)) return parent.operator === ts.SyntaxKind.ExclamationToken;
  if (!ts.isBinaryExpression(parent) || parent.left !== identifier) return false;
  const operator = parent.operatorToken.getText();
  return operator === '&&' || (/^[!=]==?$/.test(operator) && isNothing(parent.right));
}

/** A call that a method of the handle can take the place of. */
function useOf(program: Program, site: Site | undefined): Site | undefined {
  if (site === undefined || !handleMethods.has(site.name)) return undefined;
  const { call } = site;
  if (program.originOf(call.expression)?.key !== `fs.${site.name}` || call.arguments.some(ts.isSpreadElement)) return undefined;
  const [descriptor, second] = call.arguments;
  if (descriptor === undefined || call.questionDotToken !== undefined || ts.isOptionalChain(call)) return undefined;
  const file = call.getSourceFile();
  const before = commentsIn(file, { start: call.getStart(), end: descriptor.getStart() });
  const after = commentsIn(file, { start: descriptor.end, end: second?.getStart() ?? call.end });
  return before.length + after.length === 0 ? site : undefined;
}

/** `fs.readSync(fd, buffer)` becomes `(await fd.read(buffer)).bytesRead`. */
export function handleEdits(program: Program, { call, name }: Site, needsAwait: boolean): Edit[] {
  const method = handleMethods.get(name);
  const [descriptor, second] = call.arguments;
  if (method === undefined || descriptor === undefined) throw new Error(`${name} is no call of a file handle.`);
  const path = program.pathOf(call);
  const start = call.getStart();
  const gives = method.gives !== undefined && !isDiscarded(call);
  const isGrouped = gives || (needsAwait && needsParentheses(call));
  const guard = isGrouped && continuesLastLine(call) ? ';' : '';
  const head = guard + (isGrouped ? '(' : '') + (needsAwait || gives ? 'await ' : '');
  const tail = (isGrouped ? ')' : '') + (gives ? `.${method.gives}` : '');
  const rest = second === undefined ? `.${method.name}()${tail}` : `.${method.name}(`;
  const end = second === undefined ? call.end : second.getStart();
  const after: Edit[] = second === undefined || tail === '' ? [] : [{ kind: 'replace', path, start: call.end, end: call.end, text: tail }];
  if (ts.isIdentifier(descriptor)) return [{ kind: 'replace', path, start, end, text: head + descriptor.text + rest }, ...after];
  // `fs.closeSync(fs.openSync(file, 'w'))`: the inner call is made a promise by edits of its own.
  return [
    { kind: 'replace', path, start, end: descriptor.getStart(), text: `${head}(` },
    { kind: 'replace', path, start: descriptor.end, end, text: `)${rest}` },
    ...after,
  ];
}
