/** Which kind of stream an expression is, by where it comes from and by its type. */

import { ts } from 'ts-morph';
import { handlerRequest, handlerResponse, handlerStreams, streamClasses, streamOrigins, type StreamKind } from '../../catalog/streams.ts';
import { unwrapped } from '../../engine/async/functions.ts';
import { parentsOf } from '../../engine/async/member-family.ts';
import type { Origin } from '../../engine/program/origin.ts';
import type { Program } from '../../engine/program/program.ts';
import { madeByFactory } from './factory.ts';

/** @returns undefined when it is not a stream of Node, or cannot be proven to be one */
export function streamKind(program: Program, expression: ts.Expression): StreamKind | undefined {
  const origin = program.originOf(expression);
  const known = origin && (streamOrigins[origin.key] ?? handlerStream(program, expression, origin));
  return known ?? kindOfType(program, program.checker.getTypeAtLocation(expression)) ?? kindOfInstance(program, expression, 0);
}

/** Of `new Upper()`, where `Upper` is a function that inherits from a stream, or of a function that gives one; and of the variable that holds it. */
function kindOfInstance(program: Program, expression: ts.Expression, depth: number): StreamKind | undefined {
  const bare = unwrapped(expression);
  if (ts.isNewExpression(bare)) return kindOfParent(program, bare.expression, 0);
  if (ts.isCallExpression(bare)) return joined((madeByFactory(program, bare) ?? []).map((one) => streamKind(program, one)));
  if (!ts.isIdentifier(bare) || depth > 4) return undefined;
  const symbol = program.symbolOf(bare);
  const definition = symbol && program.definitionOf(symbol);
  return definition && kindOfInstance(program, definition, depth + 1);
}

function kindOfParent(program: Program, callee: ts.Expression, depth: number): StreamKind | undefined {
  const [parent, ...others] = parentsOf(program, callee);
  if (parent === undefined || others.length > 0 || depth > 8) return undefined;
  const key = program.originOf(parent)?.key.replace(/^readable-stream\./, 'stream.');
  return (key === undefined ? undefined : streamClasses[key]) ?? kindOfParent(program, parent, depth + 1);
}

/** Is nothing at all known of the expression's type? Then it may be a stream; an object of another type is none. */
export function isUntyped(program: Program, expression: ts.Expression): boolean {
  return (program.checker.getTypeAtLocation(expression).flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0;
}

function handlerStream(program: Program, expression: ts.Expression, origin: Origin): StreamKind | undefined {
  const index = /\(cb(\d)\)$/.exec(origin.key)?.[1];
  if (index === undefined) return undefined;
  const callee = origin.key.slice(0, -'(cb0)'.length);
  const parameters = parameterCount(program, expression);
  for (const row of handlerStreams) {
    const shift = parameters === 4 ? 1 : 0;
    if (
      !row.routers.some((router) =>
        row.methods.some((method) => callee === `${router}.${method}` || callee === `${router}.route().${method}`),
      )
    )
      continue;
    if (Number(index) === row.request + shift) return handlerRequest;
    if (Number(index) === row.response + shift) return handlerResponse;
  }
  return undefined;
}

/** Of the function that declares the parameter which `expression` is. */
function parameterCount(program: Program, expression: ts.Expression): number | undefined {
  const declaration = program.symbolOf(expression)?.valueDeclaration;
  return declaration !== undefined && ts.isParameter(declaration) ? declaration.parent.parameters.length : undefined;
}

function kindOfType(program: Program, given: ts.Type): StreamKind | undefined {
  const type = program.checker.getNonNullableType(given);
  if (type.isUnion()) return joined(type.types.map((one) => kindOfType(program, one)));
  if (type.isIntersection()) return type.types.map((one) => kindOfType(program, one)).find((one) => one !== undefined);
  const pending = [type];
  const seen = new Set<ts.Type>();
  // Nearest first: a `Gzip` is a compressor before it is a transform.
  for (let current = pending.shift(); current !== undefined; current = pending.shift()) {
    if (seen.has(current)) continue;
    seen.add(current);
    const name = nodeClass(program, current);
    const known = name === undefined ? undefined : streamClasses[name];
    if (known !== undefined) return known;
    pending.push(...baseTypes(program, current));
  }
  return undefined;
}

function baseTypes(program: Program, type: ts.Type): readonly ts.Type[] {
  const target = isReference(type) ? type.target : type;
  return target.isClassOrInterface() ? program.checker.getBaseTypes(target) : [];
}

function isReference(type: ts.Type): type is ts.TypeReference {
  return (type.flags & ts.TypeFlags.Object) !== 0 && 'target' in type;
}

/** `fs.ReadStream` for the class that Node's types declare under that name; undefined for any other type. */
function nodeClass(program: Program, type: ts.Type): string | undefined {
  const declarations = type.getSymbol()?.declarations ?? [];
  for (const declaration of declarations) {
    if (program.owns(declaration) || !(ts.isClassDeclaration(declaration) || ts.isInterfaceDeclaration(declaration))) continue;
    if (declaration.name === undefined) continue;
    for (let node: ts.Node = declaration.parent; !ts.isSourceFile(node); node = node.parent) {
      if (!ts.isModuleDeclaration(node) || node.name.text === 'internal' || node.name.text === 'Stream') continue;
      return `${node.name.text.replace(/^node:/, '')}.${declaration.name.text}`;
    }
  }
  return undefined;
}

/** `gzip ? zlib.createGzip() : new PassThrough()` behaves as either. */
function joined(kinds: readonly (StreamKind | undefined)[]): StreamKind | undefined {
  const [first, ...others] = kinds;
  if (first === undefined) return undefined;
  let result = first;
  for (const other of others) {
    if (other?.side !== result.side) return undefined;
    if (other === result) continue;
    if (other.role === 'stdio' || result.role === 'stdio') return undefined;
    result = {
      what: 'a stream',
      side: result.side,
      role: other.role === result.role ? result.role : 'other',
      failure: [result.failure, other.failure].includes('emitted') ? 'emitted' : result.failure,
      leaves: result.leaves || other.leaves,
    };
  }
  return result;
}
