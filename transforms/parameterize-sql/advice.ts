/** What a person would write for a query that is not rewritten, with its own text. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import type { Places, Slot } from './places.ts';
import { readQuery, type Query } from './query.ts';
import { inTemplate } from './quotes.ts';
import type { Sink } from './sinks.ts';

/** A text that is longer is not easier to write with the example. */
const longest = 200;

export function adviceFor(program: Program, sink: Sink, byHand: string): string {
  const { example } = sink.driver;
  if (example === undefined) return byHand;
  const read = readQuery(program, sink);
  const [query] = read.kind === 'queries' && read.ways === 1 ? read.queries : [];
  const plain = query?.places.fixed.length === 0 && query.places.slots.length > 0;
  const written = plain ? examples[example](sink, query) : undefined;
  return written === undefined || written.length > longest ? `${byHand}.` : `${byHand}: ${written}.`;
}

const examples: Readonly<Record<NonNullable<Sink['driver']['example']>, (sink: Sink, query: Query) => string>> = {
  tag: ({ call, method }, query) => {
    const text = withSlots(query.places, (slot) => `\${${valueOf(slot, query)}}`);
    return `${receiverOf(call)}.${method.replace('Unsafe', '')}\`${text}\``;
  },
  inputs: ({ call, method }, query) => {
    const names = query.places.slots.map((slot, index) => nameOf(slot, query) ?? `value${index + 1}`);
    const unique = names.map((name, index) => (names.indexOf(name) === index ? name : `${name}${index + 1}`));
    const inputs = query.places.slots.map((slot, index) => `.input('${unique[index] ?? ''}', ${valueOf(slot, query)})`);
    const text = withSlots(query.places, (_slot, index) => `@${unique[index] ?? ''}`);
    return `${receiverOf(call)}${inputs.join('')}.${method}(\`${text}\`)`;
  },
};

function receiverOf({ expression }: ts.CallExpression): string {
  return ts.isPropertyAccessExpression(expression) ? expression.expression.getText() : expression.getText();
}

/** The text with something written for each value. */
function withSlots({ filled, slots }: Places, write: (slot: Slot, index: number) => string): string {
  let at = 0;
  const pieces = slots.map((slot, index) => {
    const before = inTemplate(filled.slice(at, slot.start).replace(/\s+/g, ' '));
    at = slot.end;
    return before + write(slot, index);
  });
  return `${pieces.join('')}${inTemplate(filled.slice(at).replace(/\s+/g, ' '))}`.trim();
}

function valueOf({ parts }: Slot, { holes }: Query): string {
  const sources = parts.map((part) => (typeof part === 'string' ? part : (holes[part]?.expression.getText() ?? '')));
  if (sources.length === 1) return sources[0] ?? '';
  return `\`${parts.map((part, index) => (typeof part === 'string' ? inTemplate(part) : `\${${sources[index] ?? ''}}`)).join('')}\``;
}

/** A name for the parameter: that of the variable or member. */
function nameOf({ parts }: Slot, { holes }: Query): string | undefined {
  const [hole] = parts.flatMap((part) => (typeof part === 'number' ? (holes[part]?.expression ?? []) : []));
  return hole === undefined ? undefined : /(\w+)\W*$/.exec(hole.getText())?.[1];
}
