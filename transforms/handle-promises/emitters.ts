/** Is a value an EventEmitter of Node? Other things have an `on` too, and some of them look after the promise of what they call. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { isReference } from './promise-values.ts';

export function isEmitter(program: Program, expression: ts.Expression): boolean {
  const key = program.originOf(expression)?.key;
  if (key !== undefined && /^(?:global\.process|process|events\.EventEmitter\.new|events\.new)$/.test(key)) return true;
  return extendsEmitter(program.checker, program.checker.getTypeAtLocation(expression), 0);
}

function extendsEmitter(checker: ts.TypeChecker, type: ts.Type, depth: number): boolean {
  if (depth > 8 || (type.flags & ts.TypeFlags.Any) !== 0) return false;
  if (type.isIntersection()) return type.types.some((one) => extendsEmitter(checker, one, depth + 1));
  const symbol = type.getSymbol();
  const isNodes = (symbol?.declarations ?? []).some((one) => one.getSourceFile().fileName.includes('/node_modules/@types/node/'));
  if (symbol?.name === 'EventEmitter' && isNodes) return true;
  const target = isReference(type) ? type.target : type;
  if (!target.isClassOrInterface()) return false;
  return checker.getBaseTypes(target).some((base) => extendsEmitter(checker, base, depth + 1));
}

/** With `captureRejections` an emitter gives the rejections of its listeners to its own `error` event. */
export function capturesRejections(file: ts.SourceFile): boolean {
  return file.text.includes('captureRejections');
}
