/** Uses of a query's text that only a log sees: what is logged afterwards is the text with its placeholders. */

import { ts } from 'ts-morph';

/** Methods of loggers, of `console` and of libraries alike. */
const levels: ReadonlySet<string> = new Set(['log', 'debug', 'info', 'warn', 'error', 'trace', 'verbose', 'silly']);

/** `console.log(sql)`, `log.debug('query: ' + shorten(sql))`: given to a logger whose answer nobody asks for. */
export function isLogged(use: ts.Node): boolean {
  let node = use;
  for (;;) {
    const { parent } = node;
    if (ts.isCallExpression(parent) && parent.expression !== node) {
      if (isLogger(parent)) return true;
    } else if (!isPartOf(parent, node)) {
      return false;
    }
    node = parent;
  }
}

function isLogger(call: ts.CallExpression): boolean {
  const { expression, parent } = call;
  return ts.isExpressionStatement(parent) && ts.isPropertyAccessExpression(expression) && levels.has(expression.name.text);
}

/** Does what is logged hold the text, or is it the text? */
function isPartOf(outer: ts.Node, inner: ts.Node): boolean {
  if (ts.isConditionalExpression(outer)) return outer.condition !== inner;
  if (ts.isBinaryExpression(outer)) return outer.operatorToken.kind === ts.SyntaxKind.PlusToken;
  return ts.isTemplateSpan(outer) || ts.isTemplateExpression(outer) || ts.isParenthesizedExpression(outer);
}
