import { ts } from 'ts-morph';
import { functionName, type FunctionNode } from '../../engine/async/functions.ts';
import type { Finding, Fix, Reason, Refusal } from '../../engine/finding.ts';
import type { Span } from '../../engine/text.ts';
import { defineTransform, type TransformContext } from '../../engine/transform.ts';
import { summaryOf } from '../summaries.ts';
import { runsInBrowser } from './browser.ts';
import { isEndingChain } from './chains/endings.ts';
import { beginningOf, isOutermostChain, promiseChains } from './chains/index.ts';
import { callsBackAtOnce } from './ends.ts';
import { allSites, doubtIn } from './flow.ts';
import { inPlace } from './in-place.ts';
import { runsTasks } from './merge.ts';
import { calleeName } from './obstacle.ts';
import { Planner, type Plan } from './plan.ts';
import { isAssumed, SiteFinder } from './sites.ts';
import { mention } from './mention.ts';

const name = 'callbacks-to-async';

export const callbacksToAsync = defineTransform({
  name,
  summary: summaryOf(name),
  mention,
  *find(context) {
    const ended = yield* nodeCallbacks(context);
    yield* promiseChains(context, name, ended);
  },
});

/**
 * Functions that give error-first callbacks, each with all the calls that are nested in it.
 * @returns chains of promises that call back, and are dealt with
 */
function* nodeCallbacks(context: TransformContext): Generator<Finding, ReadonlySet<ts.CallExpression>> {
  const { program, asynchrony } = context;
  const finder = new SiteFinder(program, asynchrony.graph);
  const planner = new Planner(program, asynchrony, finder);
  const calls = context.candidates.filter((file) => !runsInBrowser(program, file)).flatMap(callsIn);
  const byHost = new Map<FunctionNode, ts.CallExpression[]>();
  const refusals: Refusal[] = [];
  const unknown: ts.CallExpression[] = [];
  const chains = new Map<ts.CallExpression, FunctionNode>();
  for (const call of calls) {
    const ended = endedBy(finder, planner, call);
    if (ended !== undefined) {
      chains.set(call, ended);
      byHost.set(ended, [...(byHost.get(ended) ?? []), call]);
      continue;
    }
    const site = finder.siteOf(call);
    if (site?.callback !== undefined) {
      const host = planner.hostOf(call);
      const fix = inPlace(program, site, host, name);
      if (fix !== undefined) yield fix;
      else if (ts.isSourceFile(host)) refusals.push(topLevel(context, call));
      else byHost.set(host, [...(byHost.get(host) ?? []), call]);
    } else if (finder.isUnknownCallback(call)) {
      unknown.push(call);
    }
  }
  const plans = planner.plan(byHost.keys());
  // Where a function keeps its callback, and returns no promise, an awaited chain would make it do both.
  const isDealtWith = (call: ts.CallExpression, fn: FunctionNode): boolean =>
    plans.get(fn)?.kind === 'possible' || finder.doneOf(fn) !== undefined || ts.isExpressionStatement(call.parent);
  const { doubtful } = planner;
  const uncertain = [...unknown, ...doubtful];
  const assumed = uncertain.length === 0 ? undefined : assumedFixes(context, uncertain, doubtful);
  for (const call of unknown) refusals.push(unknownCallback(context, call, assumed?.obstacles.get(call)));
  // First those that do more: of two fixes that change the same text the first is made.
  yield* assumed?.fixes ?? [];
  for (const [fn, plan] of plans) {
    const [first] = (byHost.get(fn) ?? []).filter((call) => !chains.has(call) || isDealtWith(call, fn));
    if (plan.kind === 'possible') {
      const fix = fixOf(context, fn, plan, planner, first);
      // An unsafe fix is one with all that it assumes.
      yield fix.safety === 'unsafe' && assumed?.hosts.has(fn) === true ? withoutSite(fix) : fix;
    } else if (first !== undefined) {
      refusals.push({
        kind: 'refusal',
        transform: name,
        site: program.spanOf(first),
        title: chains.has(first) ? `\`${beginningOf(first)}\` is chained to a callback` : `\`${calleeName(first)}\` takes a callback`,
        reason: plan.reason,
      });
    }
  }
  yield* refusals.filter(({ site }) => assumed?.covered.has(siteKey(site)) !== true);
  return new Set([...chains].flatMap(([call, fn]) => (isDealtWith(call, fn) ? [call] : [])));
}

/** The function whose callback the handlers of a chain call. */
function endedBy(finder: SiteFinder, planner: Planner, call: ts.CallExpression): FunctionNode | undefined {
  if (!isOutermostChain(call)) return undefined;
  const host = planner.hostOf(call);
  if (ts.isSourceFile(host)) return undefined;
  const callback = finder.takerOf(host) ?? finder.doneOf(host);
  return callback !== undefined && isEndingChain(finder.chains, call, callback.symbol) ? host : undefined;
}

interface Assumed {
  readonly fixes: readonly Fix[];
  readonly hosts: ReadonlySet<FunctionNode>;
  /** Calls that the fixes deal with. */
  readonly covered: ReadonlySet<string>;
  /** What stands in the way besides, by call. */
  readonly obstacles: ReadonlyMap<ts.CallExpression, Reason>;
}

/**
 * What can be done when functions out of sight are taken to call back once, with the error first, where the callback is written for that,
 * and what is not quite the same is taken to be. All of it is unsafe.
 * @param unknown calls that need that
 */
function assumedFixes(context: TransformContext, unknown: readonly ts.CallExpression[], doubtful: ReadonlySet<ts.CallExpression>): Assumed {
  const { program, asynchrony } = context;
  const finder = new SiteFinder(program, asynchrony.graph, true);
  const planner = new Planner(program, asynchrony, finder, true);
  const hosts = new Map<FunctionNode, ts.CallExpression[]>();
  for (const call of unknown) {
    const host = finder.siteOf(call) === undefined && !doubtful.has(call) ? undefined : planner.hostOf(call);
    if (host !== undefined && !ts.isSourceFile(host)) hosts.set(host, [...(hosts.get(host) ?? []), call]);
  }
  const possible = new Map<FunctionNode, Plan & { kind: 'possible' }>();
  const obstacles = new Map<ts.CallExpression, Reason>();
  for (const [fn, plan] of planner.plan(hosts.keys())) {
    if (plan.kind === 'possible') possible.set(fn, plan);
    else for (const call of hosts.get(fn) ?? []) obstacles.set(call, plan.reason);
  }
  const relying = new Set([...possible.keys()].filter((fn) => reliesOnAssumption(fn, possible, planner)));
  const covered = new Set<string>();
  const fixes = [...possible].map(([fn, plan]) => {
    const needs = planner.needsOf(plan);
    const fix = { ...fixOf(context, fn, plan, planner, firstCall(plan)), id: assumedId(context, fn) };
    const dependsOn = needs.map((needed) => assumedId(context, needed));
    if (!relying.has(fn)) return withoutSite({ ...fix, dependsOn });
    for (const { call } of allSites(plan.flow)) covered.add(siteKey(program.spanOf(call)));
    return { ...fix, dependsOn };
  });
  return { fixes, hosts: relying, covered, obstacles };
}

/** Does the fix, or one that it needs, take a function to call back once that nothing is known of? */
function reliesOnAssumption(fn: FunctionNode, possible: ReadonlyMap<FunctionNode, Plan & { kind: 'possible' }>, planner: Planner): boolean {
  const seen = new Set<FunctionNode>();
  const pending = [fn];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const plan = possible.get(next);
    if (plan === undefined || seen.has(next)) continue;
    seen.add(next);
    if (allSites(plan.flow).some(isAssumed) || doubtIn(plan.flow) !== undefined) return true;
    pending.push(...planner.needsOf(plan));
  }
  return false;
}

function firstCall({ flow }: Plan & { kind: 'possible' }): ts.CallExpression | undefined {
  return allSites(flow)
    .map(({ call }) => call)
    .sort((a, b) => a.pos - b.pos)[0];
}

/** A fix that is made only where another needs it. */
function withoutSite(fix: Fix): Fix {
  return { ...fix, site: undefined };
}

function siteKey({ path, start }: Span): string {
  return `${path}:${start}`;
}

function fixOf(
  context: TransformContext,
  fn: FunctionNode,
  plan: Plan & { kind: 'possible' },
  planner: Planner,
  first: ts.CallExpression | undefined,
): Fix {
  const { program } = context;
  const { flow, conversion } = plan;
  const site = first ?? allSites(flow)[0]?.call ?? flow.loose[0]?.call ?? fn.name ?? fn;
  return {
    kind: 'fix',
    id: idOf(context, fn),
    transform: name,
    site: program.spanOf(site),
    title: plan.keepsCallback === undefined ? titleOf(fn, plan) : `\`${functionName(fn)}\` becomes async inside, and keeps its callback`,
    safety: plan.unsafe === undefined ? 'safe' : 'unsafe',
    ...(plan.unsafe !== undefined && { reason: plan.unsafe }),
    notes: [
      ...conversion.notes,
      ...planner.notesOf(plan),
      ...(callsBackAtOnce(flow) ? [atOnce] : []),
      ...(flow.taker !== undefined && flow.chains.length > 0 ? [backToChain] : []),
      ...(allSites(flow).some((one) => runsTasks({ site: one }) || one.target.kind === 'tasks') ? [tasks] : []),
    ],
    edits: conversion.edits,
    imports: conversion.imports,
    preambles: conversion.preambles,
    dependsOn: planner.needsOf(plan).map((needed) => idOf(context, needed)),
  };
}

const atOnce = 'On a path where nothing is awaited it called back at once; those who await it now go on a tick later.';

const backToChain =
  'An exception in the callback came back to the chain, whose handler of failures called it again; now it goes where others of the caller go.';

const tasks =
  'An exception that a function given to `async` throws at once was thrown out of the call; now it fails like an error that it calls back with.';

function titleOf(fn: FunctionNode, { flow }: Plan & { kind: 'possible' }): string {
  const calls = allSites(flow).map(({ call }) => calleeName(call));
  const names = [...new Set([...calls, ...flow.chains.map(beginningOf)].map((one) => `\`${one}\``))];
  const [loose] = flow.loose;
  if (names.length === 0 && flow.taker === undefined && loose !== undefined) {
    if (loose.callback !== undefined)
      return `\`${calleeName(loose.call)}\` gives its result to \`${loose.callback.getText()}\` by a promise`;
    return `\`${calleeName(loose.call)}\` is called without a callback, and its failures stay ignored`;
  }
  if (flow.taker !== undefined) return `\`${functionName(fn)}\` becomes async and loses its callback`;
  return `await ${listed(names)} instead of ${calls.length === 0 ? 'chaining handlers' : 'nesting callbacks'}`;
}

const longestList = 45;

/** As many of the names as a title has room for. */
function listed(names: readonly string[]): string {
  for (let count = names.length; count > 1; count -= 1) {
    const text = names.slice(0, count).join(', ') + (count < names.length ? ` and ${names.length - count} more` : '');
    if (text.length <= longestList) return text;
  }
  const [first = ''] = names;
  return names.length > 1 ? `${first} and ${names.length - 1} more` : first;
}

function assumedId(context: TransformContext, fn: FunctionNode): string {
  return `assumed:${idOf(context, fn)}`;
}

function idOf({ program }: TransformContext, fn: FunctionNode): string {
  return `callbacks:${program.pathOf(fn)}:${fn.getStart()}`;
}

function topLevel({ program, asynchrony }: TransformContext, call: ts.CallExpression): Refusal {
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

function unknownCallback({ program }: TransformContext, call: ts.CallExpression, obstacle: Reason | undefined): Refusal {
  const unproven = `What \`${calleeName(call)}\` does with the callback cannot be proven.`;
  return {
    kind: 'refusal',
    transform: name,
    site: program.spanOf(call),
    title: `\`${calleeName(call)}\` seems to take a callback`,
    reason: {
      code: 'unknown-callback',
      ...(obstacle?.chain !== undefined && { chain: obstacle.chain }),
      message: obstacle === undefined ? unproven : `${unproven} And if it calls back once: ${obstacle.message}`,
      help: obstacle?.help ?? 'Use a promise form of it, or promisify it by hand if it calls back once, with the error first.',
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
