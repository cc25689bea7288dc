/** `eval(text)`: it sees all that the code around it sees, and nobody knows what of that it calls. */

import { ts } from 'ts-morph';
import { callsIn } from '../program/tree-index.ts';

const known = new WeakMap<ts.SourceFile, ts.CallExpression | undefined>();

/** The first call of the file that runs a text which is not known. */
export function evalIn(file: ts.SourceFile): ts.CallExpression | undefined {
  if (!known.has(file)) known.set(file, callsIn(file).find(isEval));
  return known.get(file);
}

function isEval({ expression, arguments: [text] }: ts.CallExpression): boolean {
  return ts.isIdentifier(expression) && expression.text === 'eval' && text !== undefined && !isData(text);
}

/** `eval('(' + json + ')')`, from before `JSON.parse`. */
function isData(text: ts.Expression): boolean {
  let first = text;
  while (ts.isBinaryExpression(first)) first = first.left;
  return first !== text && ts.isStringLiteralLike(first) && first.text === '(';
}
