/**
 * What a child process prints, gathered by listeners of `data` and used when the child itself has ended: which children, into which
 * variables, and who hears of their failure.
 */

import { ts } from 'ts-morph';
import { isGenerator } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';
import { eventOf, isChainCall, listens, readChain, type Link } from './chain.ts';
import type { Gathering } from './gathering.ts';
import { inlineFunction, readHandler, usesThis, type Handler, type InlineFunction } from './handler.ts';
import { refusals, Refused } from './refusals.ts';
import { identityOf, nameOf, rootName } from './stream-name.ts';
import type { StatementBlock } from './statement-list.ts';

/** One of the child's outputs. */
export type Output = Pick<Gathering, 'source' | 'kind' | 'site' | 'data' | 'holder' | 'holds' | 'isPlain' | 'encoding' | 'decodedAs'> & {
  /** The statements that listen or set the encoding. */
  readonly statements: readonly ts.Statement[];
};

export interface ChildOutput {
  readonly list: StatementBlock;
  /** The child process. */
  readonly child: ts.Identifier;
  readonly outputs: readonly Output[];
  readonly site: ts.CallExpression;
  /** `exit` comes when the process has ended, `close` when its outputs have ended too. */
  readonly event: 'close' | 'exit';
  /** What is done then. */
  readonly end: InlineFunction;
  readonly failure: Handler | undefined;
  /** The statements that listen to the child itself. */
  readonly statements: readonly ts.Statement[];
}

/** `child` of `child.stdout`, where the child's own listeners use what was gathered. */
export function childOf(source: ts.Expression): ts.Identifier | undefined {
  if (!ts.isPropertyAccessExpression(source) || !ts.isIdentifier(source.expression)) return undefined;
  return source.name.text === 'stdout' || source.name.text === 'stderr' ? source.expression : undefined;
}

/** Does a handler of the child's `close` or `exit` in the list mention what the output is gathered in? */
export function isUsedByItsChild(program: Program, list: StatementBlock, child: ts.Identifier, holder: ts.VariableDeclaration): boolean {
  const symbol = program.symbolOf(holder.name);
  return childLinks(program, list, child).some(({ link }) => {
    const event = eventOf(link);
    const handler = link.call.arguments[1];
    if ((event !== 'close' && event !== 'exit') || handler === undefined || symbol === undefined) return false;
    return program.references.to(symbol).some((use) => use.pos >= handler.pos && use.end <= handler.end);
  });
}

/**
 * The listeners of the child in the list, put together with its outputs.
 * @throws Refused
 */
export function childOutput(program: Program, list: StatementBlock, child: ts.Identifier, outputs: readonly Output[]): ChildOutput {
  const [first] = outputs;
  if (first === undefined) throw new Error('A child has an output at least.');
  const name = nameOf(child);
  const statements = new Set<ts.Statement>();
  let end: InlineFunction | undefined;
  let event: ChildOutput['event'] | undefined;
  let failure: Handler | undefined;
  for (const { link, statement } of childLinks(program, list, child)) {
    const heard = eventOf(link);
    if (heard === undefined || !listens.has(link.method)) throw new Refused(refusals.adjusted(name, link.method));
    const given = link.call.arguments[1];
    statements.add(statement);
    if ((heard === 'close' || heard === 'exit') && end === undefined) {
      event = heard;
      end = inlineFunction(link.call.arguments[1]);
      const isMovable =
        end !== undefined &&
        !isGenerator(end) &&
        end.parameters.every(({ name, initializer, dotDotDotToken }) => {
          return ts.isIdentifier(name) && initializer === undefined && dotDotDotToken === undefined;
        });
      if (end === undefined || !isMovable || (!ts.isArrowFunction(end) && usesThis(end.body)))
        throw new Refused(refusals.handlerShape(heard));
    } else if (heard === 'error' && failure === undefined) {
      failure = given && readHandler(program, given, 1);
      if (failure === undefined) throw new Refused(refusals.handlerShape('error'));
    } else {
      throw new Refused(refusals.listener(name, heard));
    }
  }
  if (end === undefined || event === undefined) throw new Refused(refusals.notUsedAtEnd(nameOf(first.source)));
  return { list, child, outputs, site: first.site, event, end, failure, statements: [...statements] };
}

/** Calls that listen to the child itself, in statements of the list or where it is made. */
function childLinks(program: Program, list: StatementBlock, child: ts.Identifier): { link: Link; statement: ts.Statement }[] {
  const identity = identityOf(program, child);
  return list.statements.flatMap((statement) => {
    if (!ts.isExpressionStatement(statement) || !isChainCall(statement.expression)) return [];
    const { segments, pipes } = readChain(statement.expression);
    const [segment] = segments;
    if (segment === undefined || pipes.length > 0 || identityOf(program, segment.base) !== identity) return [];
    return segment.links.map((link) => ({ link, statement }));
  });
}

/** Uses of the child that neither listen to it nor touch an output that is gathered. */
export function isHarmlessUse(program: Program, use: ts.Identifier, { outputs, statements }: ChildOutput): boolean {
  const inside = (outer: ts.Node): boolean => use.pos >= outer.pos && use.end <= outer.end;
  if (statements.some(inside) || outputs.some((output) => output.statements.some(inside))) return true;
  const { parent } = use;
  if (ts.isVariableDeclaration(parent) && parent.name === use) return true;
  if (!ts.isPropertyAccessExpression(parent) || parent.expression !== use) return false;
  if (outputs.some(({ source }) => source.getText() === parent.getText() && program.symbolOf(rootName(source)) === program.symbolOf(use)))
    return false;
  return (
    parent.name.text === 'stdin' ||
    parent.name.text === 'pid' ||
    parent.name.text === 'kill' ||
    parent.name.text === 'stderr' ||
    parent.name.text === 'stdout'
  );
}
