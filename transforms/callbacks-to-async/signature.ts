/** The signature of a function that loses its callback: parameters, return type, JSDoc. */

import { ts } from 'ts-morph';
import type { TextEdit } from '../../engine/source/slice.ts';
import type { Flow } from './flow.ts';
import { Obstacle } from './obstacle.ts';
import type { ResultShape } from './shape.ts';

export function signatureEdits(flow: Flow): TextEdit[] {
  const { fn } = flow;
  const taker = flow.taker ?? flow.done;
  if (taker === undefined) return returnTypeEdits(flow);
  const { parameters } = fn;
  const index = parameters.indexOf(taker.parameter);
  const before = parameters[index - 1];
  const file = fn.getSourceFile();
  const edits: TextEdit[] = [];
  if (before !== undefined) {
    const value = taker.shift?.value?.getText();
    edits.push({ start: before.end, end: taker.parameter.end, text: value === undefined ? '' : ` = ${value}` });
  } else if (ts.isArrowFunction(fn) && fn.getFirstToken(file)?.kind !== ts.SyntaxKind.OpenParenToken) {
    // The parenthesis in front of it may be that of a call.
    edits.push({ start: taker.parameter.getStart(file), end: taker.parameter.end, text: '()' });
  } else {
    // `( done )` was spaced for the sake of what stood in it.
    const close = parameters.end + (/^[ \t]*(?=\))/.exec(file.text.slice(parameters.end))?.[0].length ?? 0);
    edits.push({ start: parameters.pos, end: close, text: '' });
  }
  return [...edits, ...returnTypeEdits(flow), ...jsdocEdits(flow)];
}

function returnTypeEdits(flow: Flow): TextEdit[] {
  const { fn, taker } = flow;
  // A function that returned a promise says so already.
  if (fn.type === undefined || flow.executor !== undefined) return [];
  const value = taker === undefined ? 'void' : resultType(taker.parameter, flow.shapeOf(fn));
  if (value === undefined) {
    throw new Obstacle(
      fn.type,
      'callback-shape',
      'The type of the result cannot be read from the type of the callback.',
      'Write the type of the callback out.',
    );
  }
  const text = fn.type.getText();
  if (taker === undefined && text !== 'void' && text !== 'any') {
    if (/^Promise\b/.test(text)) return [];
    throw new Obstacle(fn.type, 'callback-shape', `The function is declared to return \`${text}\`.`, 'Return nothing from the function.');
  }
  return [{ start: fn.type.getStart(), end: fn.type.end, text: `Promise<${value}>` }];
}

/** The type of the second parameter of `(err: Error | null, user?: User) => void`. */
function resultType(parameter: ts.ParameterDeclaration, shape: ResultShape | undefined): string | undefined {
  const { type } = parameter;
  if (type === undefined || !ts.isFunctionTypeNode(type)) return undefined;
  const [, value, ...others] = type.parameters;
  if (shape !== undefined) return value === undefined ? undefined : shapeType(shape, [value, ...others]);
  if (value === undefined) return 'void';
  return value.type?.getText();
}

/** `{ head: Head; body: string }`, or `[Head, string]`. */
function shapeType({ kind, names }: ResultShape, values: readonly ts.ParameterDeclaration[]): string | undefined {
  if (values.length !== names.length) return undefined;
  const types = values.map((value) => value.type?.getText());
  if (types.some((type) => type === undefined)) return undefined;
  if (kind === 'array') return `[${types.map((type, index) => `${type ?? ''}${isOptional(values[index]) ? '?' : ''}`).join(', ')}]`;
  const members = types.map((type, index) => `${names[index] ?? ''}${isOptional(values[index]) ? '?' : ''}: ${type ?? ''}`);
  return `{ ${members.join('; ')} }`;
}

function isOptional(parameter: ts.ParameterDeclaration | undefined): boolean {
  return parameter?.questionToken !== undefined;
}

/** Takes the `@param` of the callback away. */
function jsdocEdits({ fn, taker }: Flow): TextEdit[] {
  if (taker === undefined) return [];
  const [tag] = ts.getJSDocParameterTags(taker.parameter);
  if (tag === undefined) return [];
  const { text } = fn.getSourceFile();
  let start = tag.pos;
  while (start > 0 && !/[\r\n]/.test(text.charAt(start - 1))) start -= 1;
  let end = tag.pos;
  while (end < text.length && !/[\r\n]/.test(text.charAt(end))) end += 1;
  // Only a tag that has its line to itself, with nothing of another on it.
  if (!/^[ \t]*\*[ \t]*@param\b/.test(text.slice(start, end))) return [];
  if (text.startsWith('\r\n', end)) end += 2;
  else end += 1;
  return [{ start, end, text: '' }];
}
