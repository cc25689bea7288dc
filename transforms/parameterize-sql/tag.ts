/** Queries of Prisma: a text that is built in the call becomes a template behind the tag, which makes parameters of what is in it. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import type { Parameter, Query } from './query.ts';
import { inTemplate } from './quotes.ts';
import type { SourceEdit } from './rewrite.ts';
import type { Sink } from './sinks.ts';
import { valueSource } from './values.ts';
import { contains } from './ways.ts';

/** @returns why the query cannot be written so */
export function tagEdits(
  program: Program,
  { call, method }: Sink,
  { places, segments }: Query,
  parameters: readonly Parameter[],
): SourceEdit[] | string {
  const { expression, arguments: given } = call;
  if (!ts.isPropertyAccessExpression(expression) || given.length !== 1) return 'The query is given values already.';
  if (!segments.every(({ kind, leaf }) => kind !== 'kept' && contains(call, leaf.expression)))
    return 'A part of the text is written elsewhere.';
  if (places.fixed.length > 0) return 'A name in the text is no value, and a tag would make a parameter of it.';
  if (parameters.some(({ list }) => list !== undefined)) return 'A list takes `Prisma.join` in a template.';
  if (segments.some(({ kind, leaf }) => kind !== 'hole' && hasComment(leaf.expression, call)))
    return 'A comment stands between the parts of the text.';
  let at = 0;
  const pieces = parameters.map((parameter) => {
    const before = linesInTemplate(places.filled.slice(at, parameter.range.start));
    at = parameter.range.end;
    return `${before}\${${valueSource(program, parameter)}}`;
  });
  const text = `\`${pieces.join('')}${linesInTemplate(places.filled.slice(at))}\``;
  const { name } = expression;
  return [
    { start: name.getStart(), end: name.end, text: method.replace('Unsafe', '') },
    // Type arguments stay.
    { start: given.pos - 1, end: call.end, text },
  ];
}

function hasComment(part: ts.Node, call: ts.CallExpression): boolean {
  const { text } = call.getSourceFile();
  return /\/[/*]/.test(text.slice(part.pos, part.getStart()));
}

function linesInTemplate(text: string): string {
  return text.split('\n').map(inTemplate).join('\n');
}
