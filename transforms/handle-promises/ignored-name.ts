/** An async function handed by name to code that does not look at its promise: a function around it catches. */

import { handlerPositions } from '../../engine/async/express-handler.ts';
import { ts } from 'ts-morph';
import { functionName, type FunctionNode } from '../../engine/async/functions.ts';
import type { Finding } from '../../engine/finding.ts';
import { firstFree } from '../../engine/source/names.ts';
import { indentationAt } from '../../engine/source/indentation.ts';
import { fixOf, refusalOf } from './draft.ts';
import { handlerArgument, callTo, surroundingHandler, type Handler } from './handlers.ts';
import { endsToday } from './ignored-function.ts';
import type { Knowledge } from './knowledge.ts';
import type { ArgumentRole } from '../../engine/async/roles.ts';

/** An async function as an argument, by its name. */
export interface NamedArgument {
  readonly argument: ts.Expression;
  readonly fn: FunctionNode;
  readonly role: ArgumentRole;
}

export function ignoredName(site: NamedArgument, known: Knowledge): Finding {
  const { argument, fn } = site;
  const name = functionName(fn);
  const obstacle = obstacleTo(site, known);
  if (obstacle !== undefined) {
    return refusalOf(
      argument,
      `nobody sees a rejection of \`${name}\``,
      {
        code: 'escapes',
        message: obstacle,
        help: `Catch inside \`${name}\`, or hand over a function that calls it and catches.`,
      },
      known,
    );
  }
  const parameters = parametersOf(site);
  const isExpress = site.role.kind === 'root' && site.role.row.isMiddleware === true;
  const handler: Handler = isExpress ? callTo('next') : surroundingHandler(known, argument, () => false);
  const file = argument.getSourceFile();
  const catches = handlerArgument(file, handler, indentationAt(file, argument.getStart()));
  const list = parameters.join(', ');
  return fixOf(
    {
      at: argument,
      title: `give the rejection of \`${name}\` to \`${handler.name}\``,
      edits: [
        {
          kind: 'replace',
          path: known.program.pathOf(argument),
          start: argument.getStart(),
          end: argument.end,
          text: `(${list}) => ${argument.getText()}(${list}).catch(${catches})`,
        },
        ...handler.edits,
      ],
      handler,
      ...(!isExpress && site.role.kind !== 'iteration' && { unsafe: endsToday(handler) }),
      notes: [`A rejection now reaches \`${handler.name}\`; before, nobody saw it and the process ended.`],
    },
    known,
  );
}

/** The wrapper is another function than `argument`, and calls it without its `this`. */
function obstacleTo(site: NamedArgument, known: Knowledge): string | undefined {
  const { argument, fn } = site;
  if (fn.parameters.some((parameter) => parameter.dotDotDotToken !== undefined) || mentionsOwn(fn)) {
    return 'It looks at `this` or at all of its arguments, which a function around it would have to pass on.';
  }
  const name = ts.isPropertyAccessExpression(argument) ? argument.name : argument;
  const symbol = known.program.symbolOf(name);
  if (symbol !== undefined && known.program.references.to(symbol).some(isRemoved)) {
    return 'It is taken away again by its name, so no other function may stand in its place.';
  }
  return undefined;
}

/** Uses `this` or `arguments` of its own. */
function mentionsOwn(fn: FunctionNode): boolean {
  if (ts.isArrowFunction(fn) || fn.body === undefined) return false;
  let found = false;
  const visit = (node: ts.Node): void => {
    if (node.kind === ts.SyntaxKind.ThisKeyword || (ts.isIdentifier(node) && node.text === 'arguments')) found = true;
    if (!ts.isFunctionDeclaration(node) && !ts.isFunctionExpression(node) && !ts.isClassLike(node)) ts.forEachChild(node, visit);
  };
  ts.forEachChild(fn.body, visit);
  return found;
}

const removing = new Set(['off', 'removeListener', 'removeEventListener', 'clearInterval', 'clearTimeout']);

function isRemoved(identifier: ts.Identifier): boolean {
  const { parent } = identifier;
  if (!ts.isCallExpression(parent) || parent.expression === identifier) return false;
  return ts.isPropertyAccessExpression(parent.expression) && removing.has(parent.expression.name.text);
}

/** What the caller passes on: as many arguments as the function takes, and `next` for Express. */
function parametersOf(site: NamedArgument): readonly string[] {
  const { fn, role } = site;
  const taken = new Set<string>();
  const fresh = (wanted: string): string => {
    const name = firstFree([wanted], (one) => !taken.has(one));
    taken.add(name);
    return name;
  };
  if (role.kind === 'root' && role.row.isMiddleware === true) {
    if (handlerPositions(fn, role).next === 3) return ['err', 'req', 'res', 'next'];
    return ['req', 'res', 'next', 'value', 'name'].slice(0, Math.max(3, fn.parameters.length));
  }
  return fn.parameters.map((parameter, index) => fresh(ts.isIdentifier(parameter.name) ? parameter.name.text : `value${index + 1}`));
}
