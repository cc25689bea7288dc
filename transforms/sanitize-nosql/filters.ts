/** Filters of MongoDB, and where values from a request stand in them. */

import { ts } from 'ts-morph';
import { filterLists, nosqlClients, operatorOperands, type NosqlClient } from '../../catalog/nosql.ts';
import { originPattern } from '../../catalog/origin-pattern.ts';
import type { Program } from '../../engine/program/program.ts';
import { isFromRequest } from './requests.ts';
import { unwrapped } from './unwrapped.ts';

export interface FilterCall {
  readonly call: ts.CallExpression;
  readonly client: NosqlClient;
  readonly method: string;
  readonly filter: ts.Expression;
}

const clients = nosqlClients.map((client) => ({ client, receivers: originPattern(client.receivers) }));

export function filterCall(program: Program, call: ts.CallExpression): FilterCall | undefined {
  const { expression } = call;
  if (!ts.isPropertyAccessExpression(expression)) return undefined;
  const method = expression.name.text;
  const origin = program.originOf(expression.expression)?.key;
  if (origin === undefined) return undefined;
  const found = clients.find(({ receivers }) => receivers.test(origin))?.client;
  const sink = found?.sinks.find(({ methods }) => methods.includes(method));
  const filter = sink && call.arguments[sink.argument];
  return found === undefined || filter === undefined || ts.isSpreadElement(filter) ? undefined : { call, client: found, method, filter };
}

/** A place in a filter that takes what a request brings. */
export type Place =
  /** Compared with a field. */
  | { readonly kind: 'value'; readonly value: ts.Expression; readonly shorthand: string | undefined }
  /** Read as a filter, or as operators. */
  | { readonly kind: 'operators'; readonly value: ts.Expression }
  /** JavaScript that the server runs. */
  | { readonly kind: 'code'; readonly value: ts.Expression };

export function placesIn(program: Program, filter: ts.Expression): readonly Place[] {
  const inner = unwrapped(filter);
  if (isFromRequest(program, inner)) return [{ kind: 'operators', value: inner }];
  if (ts.isIdentifier(inner)) return placesOfVariable(program, inner);
  if (ts.isArrayLiteralExpression(inner)) return inner.elements.flatMap((element) => placesIn(program, element));
  return ts.isObjectLiteralExpression(inner) ? inner.properties.flatMap((property) => placesOfProperty(program, property)) : [];
}

function placesOfProperty(program: Program, property: ts.ObjectLiteralElementLike): readonly Place[] {
  if (ts.isSpreadAssignment(property)) return placesIn(program, property.expression);
  if (ts.isShorthandPropertyAssignment(property)) {
    return isFromRequest(program, property.name) ? [{ kind: 'value', value: property.name, shorthand: property.name.text }] : [];
  }
  if (!ts.isPropertyAssignment(property)) return [];
  return placesOfField(program, nameOf(property.name), property.initializer);
}

function nameOf(name: ts.PropertyName): string {
  return ts.isIdentifier(name) || ts.isStringLiteralLike(name) ? name.text : '';
}

function placesOfField(program: Program, field: string, given: ts.Expression): readonly Place[] {
  const value = unwrapped(given);
  if (field === '$where') return isConstant(value) ? [] : [{ kind: 'code', value }];
  if (filterLists.has(field)) return placesIn(program, value);
  if (operatorOperands.has(field)) return isFromRequest(program, value) ? [{ kind: 'operators', value }] : placesIn(program, value);
  // The operands of the other operators are values, whatever is in them.
  if (field.startsWith('$')) return [];
  if (isFromRequest(program, value)) return [{ kind: 'value', value: given, shorthand: undefined }];
  return ts.isObjectLiteralExpression(value) ? value.properties.flatMap((property) => operatorPlaces(program, property)) : [];
}

/** `{ $not: value }` below a field; what is not an operator there is a part of a document. */
function operatorPlaces(program: Program, property: ts.ObjectLiteralElementLike): readonly Place[] {
  if (!ts.isPropertyAssignment(property)) return [];
  const field = nameOf(property.name);
  return operatorOperands.has(field) || field === '$where' ? placesOfField(program, field, property.initializer) : [];
}

function isConstant(value: ts.Expression): boolean {
  return ts.isStringLiteralLike(value) || ts.isFunctionExpression(value) || ts.isArrowFunction(value);
}

/** A filter in a variable: its literal, and what is assigned to its fields, where the variable is nothing but a filter. */
function placesOfVariable(program: Program, variable: ts.Identifier): readonly Place[] {
  const symbol = program.symbolOf(variable);
  const definition = symbol && program.definitionOf(symbol);
  const literal = definition && unwrapped(definition);
  if (symbol === undefined || literal === undefined || !ts.isObjectLiteralExpression(literal) || !program.owns(literal)) return [];
  const uses = program.references.to(symbol).filter(({ parent }) => !ts.isVariableDeclaration(parent));
  const assigned = uses.flatMap((use) => assignedField(use) ?? []);
  const found = [...placesIn(program, literal), ...assigned.flatMap(({ field, value }) => placesOfField(program, field, value))];
  const elsewhere = uses.some((use) => assignedField(use) === undefined && !isFilter(program, use));
  return elsewhere ? found.map(({ value }) => ({ kind: 'operators', value })) : found;
}

function assignedField(use: ts.Identifier): { readonly field: string; readonly value: ts.Expression } | undefined {
  const { parent } = use;
  const member = ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent) ? parent : undefined;
  const assignment = member?.parent;
  if (member === undefined || assignment === undefined || !ts.isBinaryExpression(assignment) || assignment.left !== member)
    return undefined;
  if (assignment.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return undefined;
  const field = ts.isPropertyAccessExpression(member)
    ? member.name.text
    : ts.isStringLiteralLike(member.argumentExpression)
      ? member.argumentExpression.text
      : '';
  return { field, value: assignment.right };
}

function isFilter(program: Program, use: ts.Identifier): boolean {
  const { parent } = use;
  return ts.isCallExpression(parent) && filterCall(program, parent)?.filter === use;
}
