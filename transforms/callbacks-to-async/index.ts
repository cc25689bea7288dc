import { ts } from 'ts-morph';
import { functionName, type FunctionNode } from '../../engine/async/functions.ts';
import type { Finding, Fix } from '../../engine/finding.ts';
import { defineTransform, type TransformContext } from '../../engine/transform.ts';
import { summaryOf } from '../summaries.ts';
import { promiseChains } from './chains/index.ts';
import { callsBackAtOnce, calleeName } from './flow.ts';
import { Planner, type Plan } from './plan.ts';
import { SiteFinder } from './sites.ts';
import { mention } from './mention.ts';

const name = 'callbacks-to-async';

export const callbacksToAsync = defineTransform({
  name,
  summary: summaryOf(name),
  mention,
  *find(context) {
    yield* nodeCallbacks(context);
    yield* promiseChains(context, name);
  },
});

/** Functions that give error-first callbacks, each with all the calls that are nested in it. */
function* nodeCallbacks(context: TransformContext): Iterable<Finding> {
  const { program, asynchrony } = context;
  const finder = new SiteFinder(program, asynchrony.graph);
  const planner = new Planner(program, asynchrony, finder);
  const calls = context.candidates.flatMap((file) => callsIn(file).filter((call) => finder.siteOf(call)?.callback !== undefined));
  const byHost = new Map<FunctionNode, ts.CallExpression[]>();
  for (const call of calls) {
    const host = planner.hostOf(call);
    if (ts.isSourceFile(host)) {
      yield topLevel(context, call);
      continue;
    }
    const list = byHost.get(host);
    if (list === undefined) byHost.set(host, [call]);
    else list.push(call);
  }
  for (const call of context.candidates.flatMap(callsIn)) if (finder.isUnknownCallback(call)) yield unknownCallback(context, call);
  const plans = planner.plan(byHost.keys());
  for (const [fn, plan] of plans) {
    const [first] = byHost.get(fn) ?? [];
    if (plan.kind === 'possible') {
      yield fixOf(context, fn, plan, planner.needsOf(plan), first);
    } else if (first !== undefined) {
      yield {
        kind: 'refusal',
        transform: name,
        site: program.spanOf(first),
        title: `\`${calleeName(first)}\` takes a callback`,
        reason: plan.reason,
      };
    }
  }
}

function fixOf(
  context: TransformContext,
  fn: FunctionNode,
  plan: Plan & { kind: 'possible' },
  needs: readonly FunctionNode[],
  first: ts.CallExpression | undefined,
): Fix {
  const { program } = context;
  const { flow, conversion } = plan;
  const site = first ?? flow.sites[0]?.call ?? flow.loose[0]?.call ?? fn.name ?? fn;
  return {
    kind: 'fix',
    id: idOf(context, fn),
    transform: name,
    site: program.spanOf(site),
    title: titleOf(fn, plan),
    safety: plan.unsafe === undefined ? 'safe' : 'unsafe',
    ...(plan.unsafe !== undefined && { reason: plan.unsafe }),
    notes: [...conversion.notes, ...(callsBackAtOnce(flow) ? [atOnce] : [])],
    edits: conversion.edits,
    imports: conversion.imports,
    preambles: conversion.preambles,
    dependsOn: needs.map((needed) => idOf(context, needed)),
  };
}

const atOnce = 'On a path where nothing is awaited it called back at once; those who await it now go on a tick later.';

function titleOf(fn: FunctionNode, { flow }: Plan & { kind: 'possible' }): string {
  const names = [...new Set(flow.sites.map((site) => `\`${calleeName(site.call)}\``))];
  const awaited =
    names.length === 0 ? '' : names.length <= 3 ? names.join(', ') : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;
  const [loose] = flow.loose;
  if (names.length === 0 && flow.taker === undefined && loose !== undefined) {
    if (loose.callback !== undefined)
      return `\`${calleeName(loose.call)}\` gives its result to \`${loose.callback.getText()}\` by a promise`;
    return `\`${calleeName(loose.call)}\` is called without a callback, and its failures stay ignored`;
  }
  if (flow.taker !== undefined) return `\`${functionName(fn)}\` becomes async and loses its callback`;
  return `await ${awaited} instead of nesting callbacks`;
}

function idOf({ program }: TransformContext, fn: FunctionNode): string {
  return `callbacks:${program.pathOf(fn)}:${fn.getStart()}`;
}

function topLevel({ program, asynchrony }: TransformContext, call: ts.CallExpression): Finding {
  const verdict = asynchrony.awaitAt(call);
  return {
    kind: 'refusal',
    transform: name,
    site: program.spanOf(call),
    title: `\`${calleeName(call)}\` takes a callback`,
    reason:
      verdict.kind === 'refused'
        ? verdict.reason
        : {
            code: 'control-flow',
            message: 'The module that imports this one would wait for the call.',
            help: 'Await it by hand if that is meant, or move it into an async function.',
          },
  };
}

function unknownCallback({ program }: TransformContext, call: ts.CallExpression): Finding {
  return {
    kind: 'refusal',
    transform: name,
    site: program.spanOf(call),
    title: `\`${calleeName(call)}\` seems to take a callback`,
    reason: {
      code: 'unknown-callback',
      message: `What \`${calleeName(call)}\` does with the callback cannot be proven.`,
      help: 'Use a promise form of it, or promisify it by hand if it calls back once, with the error first.',
    },
  };
}

function callsIn(file: ts.SourceFile): ts.CallExpression[] {
  const found: ts.CallExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
