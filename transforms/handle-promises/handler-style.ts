/** How a file writes its error handlers. */

import { ts } from 'ts-morph';

export interface HandlerStyle {
  /** What it calls an error. */
  readonly error: string;
  /** Does it use arrow functions? A file that has functions, and none of them an arrow, keeps to that. */
  readonly arrow: boolean;
}

const styles = new WeakMap<ts.SourceFile, HandlerStyle>();
const errorNames = ['error', 'err', 'e', 'ex'];

export function handlerStyle(file: ts.SourceFile): HandlerStyle {
  let style = styles.get(file);
  if (style === undefined) styles.set(file, (style = readStyle(file)));
  return style;
}

function readStyle(file: ts.SourceFile): HandlerStyle {
  const counts = new Map<string, number>();
  let arrows = 0;
  let expressions = 0;
  const visit = (node: ts.Node): void => {
    if (ts.isArrowFunction(node)) arrows += 1;
    if (ts.isFunctionExpression(node)) expressions += 1;
    const named = ts.isParameter(node) || (ts.isVariableDeclaration(node) && ts.isCatchClause(node.parent));
    if (named && ts.isIdentifier(node.name) && errorNames.includes(node.name.text)) {
      counts.set(node.name.text, (counts.get(node.name.text) ?? 0) + 1);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  const [commonest] = [...counts].sort((a, b) => b[1] - a[1]);
  return { error: commonest?.[0] ?? 'error', arrow: arrows > 0 || expressions === 0 };
}
