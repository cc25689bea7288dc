/** Blocking calls become awaited ones, in functions that are async or can become so. */

import type { ts } from 'ts-morph';
import { continuesLastLine, needsParentheses } from '../../engine/async/await-edits.ts';
import type { Edit, Finding, Fix, Reason, Refusal } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import { defineTransform, type TransformContext } from '../../engine/transform.ts';
import { summaryOf } from '../summaries.ts';
import { isDiscarded, outputReason } from './command-output.ts';
import { fileHandles, handleEdits, type FileHandle } from './file-handles.ts';
import { guardedChanges, makesAnew, tolerantEdits, type GuardedChange } from './guarded-changes.ts';
import { outdatedChecks } from './outdated-checks.ts';
import { readsOfElements, sideBySide, type ReadsOfElements } from './side-by-side.ts';
import { sitesOf, type Site } from './sites.ts';
import { standInFor } from './stand-ins.ts';
import { accessReference, twinObstacle, twinReference } from './twin.ts';
import { mention } from './mention.ts';

const name = 'sync-to-promises';

export const syncToPromises = defineTransform({
  name,
  summary: summaryOf(name),
  mention,
  wrapsCallbackRoots: true,
  *find(context) {
    const sites = context.candidates.map((file) => sitesOf(context.program, file));
    const handles = new Map(sites.flatMap((inFile) => [...fileHandles(context.program, inFile)]));
    // Which loops there will be is known when every site was asked about.
    for (const site of sites.flat()) {
      if (handles.has(site) || twinObstacle(context.program, site) === undefined) context.asynchrony.awaitAt(site.call);
    }
    for (const inFile of sites) {
      const reads = readsOfElements(context, inFile);
      yield* findingsOf(context, inFile, handles, reads);
      yield* sideBySide(context, reads);
    }
    yield* context.asynchrony.fixes();
  },
});

function* findingsOf(
  context: TransformContext,
  sites: readonly Site[],
  handles: ReadonlyMap<Site, FileHandle>,
  reads: ReadonlyMap<Site, ReadsOfElements>,
): Iterable<Finding> {
  const guarded = guardedChanges(sites.filter((site) => twinObstacle(context.program, site) === undefined));
  const outdated = outdatedChecks(context.program, sites, guarded);
  for (const site of sites) {
    const pair = guarded.get(site);
    // Of a check and a change that become one step, what speaks against one speaks against both.
    const handle = handles.get(site);
    const together =
      handle !== undefined ? [site, ...handle.opens, ...handle.uses] : pair === undefined ? [site] : [site, pair.check, pair.change];
    const reason = together.map((one) => outdated.get(one) ?? hazardOf(context, one)).find((one) => one !== undefined);
    const finding = (handle && handleFix(context, site, reason, handle)) ?? findingOf(context, site, reason, pair);
    yield finding.kind === 'fix' && reads.has(site) ? { ...finding, notes: [...finding.notes, oneByOne] } : finding;
  }
}

const oneByOne = 'The elements are read one after the other, as before; `--unsafe` reads them all at once.';

function hazardOf({ program, asynchrony }: TransformContext, site: Site): Reason | undefined {
  const differs = site.row.twin.kind === 'output' ? outputReason(site.name) : undefined;
  return asynchrony.hazardOfWaitingAt(site.call) ?? standInFor(program, site) ?? differs;
}

function findingOf(context: TransformContext, site: Site, reason: Reason | undefined, guarded: GuardedChange | undefined): Finding {
  const { program, asynchrony } = context;
  const verdict = asynchrony.awaitAt(site.call);
  // Code that may block is no problem, whatever its twin.
  if (verdict.kind === 'refused' && verdict.reason.code === 'startup-code') return refusal(context, site, verdict.reason);
  const obstacle = twinObstacle(program, site);
  if (obstacle !== undefined) return refusal(context, site, obstacle);
  if (verdict.kind === 'refused') return refusal(context, site, verdict.reason);
  const reference = twinReference(program, site);
  const loop = reason === undefined ? asynchrony.loopOver(site.call) : undefined;
  const fix: Fix = {
    kind: 'fix',
    id: idOf(program, site),
    transform: name,
    site: program.spanOf(site.call),
    title: titleOf(site),
    safety: reason === undefined ? 'safe' : 'unsafe',
    ...(reason !== undefined && { reason }),
    notes: [],
    edits: editsOf(context, site, reference.text, loop !== undefined),
    imports: reference.imports,
    preambles: reference.preambles,
    dependsOn: [...(verdict.kind === 'possible' ? verdict.dependsOn : []), ...(loop === undefined ? [] : [loop])],
  };
  return guarded === undefined ? fix : guardedFix(context, fix, site, guarded);
}

/** Of a file that is opened by a promise, when all the calls that take its descriptor may wait. */
function handleFix(context: TransformContext, site: Site, reason: Reason | undefined, { opens, uses }: FileHandle): Fix | undefined {
  const { program, asynchrony } = context;
  const sites = [...opens, ...uses];
  if (sites.some((one) => asynchrony.awaitAt(one.call).kind === 'refused')) return undefined;
  const verdict = asynchrony.awaitAt(site.call);
  const opened: Site = { ...site, row: { twin: { kind: 'promise', module: 'fs/promises', name: 'open' } } };
  const reference = opens.includes(site) ? twinReference(program, opened) : undefined;
  return {
    kind: 'fix',
    id: idOf(program, site),
    transform: name,
    site: program.spanOf(site.call),
    title: titleOf(site),
    safety: reason === undefined ? 'safe' : 'unsafe',
    ...(reason !== undefined && { reason }),
    notes: [],
    edits:
      reference === undefined
        ? handleEdits(program, site, asynchrony.needsAwait(site.call))
        : editsOf(context, opened, reference.text, false),
    imports: reference?.imports ?? [],
    preambles: reference?.preambles ?? [],
    dependsOn: [
      ...(verdict.kind === 'possible' ? verdict.dependsOn : []),
      ...sites.filter((one) => one !== site).map((one) => idOf(program, one)),
    ],
  };
}

/** The check and the change go together: a check that waits alone would be outdated. */
function guardedFix({ program }: TransformContext, fix: Fix, site: Site, guarded: GuardedChange): Fix {
  const { check, change } = guarded;
  if (site === check) {
    const own = makesAnew(guarded) ? { edits: [], imports: [], preambles: [] } : {};
    return { ...fix, ...own, dependsOn: [...fix.dependsOn, idOf(program, change)] };
  }
  const access = accessReference(program, check.call);
  return {
    ...fix,
    edits: tolerantEdits(guarded, fix.edits, program.pathOf(change.call), access.text),
    imports: [...fix.imports, ...(makesAnew(guarded) ? access.imports : [])],
    preambles: [...fix.preambles, ...(makesAnew(guarded) ? access.preambles : [])],
  };
}

function idOf(program: Program, { call }: Site): string {
  return `${name}:${program.pathOf(call)}:${call.getStart()}`;
}

function refusal({ program }: TransformContext, site: Site, reason: Reason): Refusal {
  return { kind: 'refusal', transform: name, site: program.spanOf(site.call), title: titleOf(site), reason };
}

function titleOf(site: Site): string {
  return `\`${site.name}\` blocks the event loop`;
}

function editsOf({ program, asynchrony }: TransformContext, { call, row }: Site, reference: string, isLooped: boolean): Edit[] {
  const path = program.pathOf(call);
  if (row.twin.kind === 'output') return outputEdits(path, call, reference);
  const awaited = asynchrony.needsAwait(call);
  const parenthesised = awaited && !isLooped && needsParentheses(call);
  const before = awaited ? `${parenthesised ? '(' : ''}await ` : '';
  const guard = parenthesised && continuesLastLine(call) ? ';' : '';
  const after = `${row.twin.kind === 'exists' ? '.then(() => true, () => false)' : ''}${parenthesised ? ')' : ''}`;
  const opening: Edit = { kind: 'replace', path, start: call.getStart(), end: call.expression.end, text: guard + before + reference };
  const edits: Edit[] = [parenthesised ? { ...opening, wraps: call.end } : opening];
  if (after !== '') edits.push({ kind: 'replace', path, start: call.end, end: call.end, text: after });
  return edits;
}

/** `(await exec(command)).stdout`, or only `await exec(command)` where nobody looks at it. */
function outputEdits(path: string, call: ts.CallExpression, reference: string): Edit[] {
  const start = call.getStart();
  if (isDiscarded(call)) return [{ kind: 'replace', path, start, end: call.expression.end, text: `await ${reference}` }];
  const guard = continuesLastLine(call) ? ';' : '';
  return [
    { kind: 'replace', path, start, end: call.expression.end, text: `${guard}(await ${reference}` },
    { kind: 'replace', path, start: call.end, end: call.end, text: ').stdout' },
  ];
}
