/** streams-to-pipeline: hand-wired streams and `.pipe` chains become `pipeline`. */

import type { ts } from 'ts-morph';
import type { Finding, Fix, Reason, Refusal } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import { defineTransform, type TransformContext } from '../../engine/transform.ts';
import { summaries } from '../summaries.ts';
import type { ChildOutput } from './child-output.ts';
import { rewriteChildOutput } from './child-rewrite.ts';
import { plan } from './plan.ts';
import { rewriteGathering } from './gathered.ts';
import { gatherings, type BrokenGathering, type Gathering } from './gathering.ts';
import { overlapping } from './overlapping.ts';
import { pumps } from './pump.ts';
import { refusals, Refused } from './refusals.ts';
import { rewriteInPlace } from './rewrite.ts';
import { isUntyped, streamKind } from './stream-kind.ts';
import { nameOf } from './stream-name.ts';
import { collectFlows, isRound, wirings, type StrayChain, type Wiring } from './wiring.ts';
import { rewriteWrapper } from './wrapper.ts';
import { mention } from './mention.ts';
import { writeLoops } from './write-loop.ts';

const name = 'streams-to-pipeline';

export const streamsToPipeline = defineTransform({
  name,
  summary: summaries.find((row) => row.name === name)?.summary ?? '',
  mention,
  *find(context): Iterable<Finding> {
    const { program, candidates } = context;
    for (const file of candidates) {
      const { byList, strays } = collectFlows(program, file);
      const found: Finding[] = strays.flatMap((stray) => ofStray(program, stray));
      for (const [list, flows] of byList) {
        for (const wiring of wirings(program, list, flows)) {
          if ('refused' in wiring) {
            if (wiring.kinds.some((kind) => kind !== undefined))
              found.push(refusal(program, wiring.site, 'Streams connected by hand', wiring.refused.reason));
            continue;
          }
          found.push(...ofWiring(program, wiring));
        }
      }
      found.push(...pumps(program, file));
      found.push(...writeLoops(context, file));
      for (const one of gatherings(program, file)) found.push(ofGathering(context, one));
      found.push(...overlapping(program, file, new Set(found.map(({ site }) => site?.start ?? -1))));
      yield* found.sort((a, b) => (a.site?.start ?? 0) - (b.site?.start ?? 0));
    }
    yield* context.asynchrony.fixes();
  },
});

function ofWiring(program: Program, wiring: Wiring): Finding[] {
  // RxJS, lodash and Gulp have a `pipe` as well: with no stream of Node in the chain it is none of ours.
  if (wiring.stages.every((stage) => stage.kind === undefined)) return [];
  if (isShown(wiring)) return [];
  const unknown = wiring.stages.find((stage) => stage.kind === undefined);
  const title = titleOf(wiring);
  if (unknown !== undefined && !isUntyped(program, unknown.base) && unknown === wiring.stages[0]) return [];
  try {
    const planned = plan(program, wiring);
    const rewrite = rewriteWrapper(program, planned) ?? rewriteInPlace(program, planned);
    const site = program.spanOf(wiring.site);
    const fix: Fix = {
      kind: 'fix',
      id: `${name}:${site.path}:${site.start}`,
      transform: name,
      site,
      title,
      safety: planned.safety,
      ...(planned.reason !== undefined && { reason: planned.reason }),
      notes: rewrite.notes,
      edits: rewrite.edits,
      imports: rewrite.imports,
      preambles: rewrite.preambles,
      dependsOn: [],
    };
    return [fix];
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return [refusal(program, wiring.site, title, error.reason)];
  }
}

function ofGathering(context: TransformContext, gathering: Gathering | ChildOutput | BrokenGathering): Finding {
  const { program } = context;
  const streams = 'outputs' in gathering ? gathering.outputs.map(({ source }) => nameOf(source)) : [nameOf(gathering.source)];
  const title = `${streams.join(' and ')} ${streams.length > 1 ? 'are' : 'is'} gathered by listeners`;
  if ('refused' in gathering) return refusal(program, gathering.site, title, gathering.refused.reason);
  try {
    const site = program.spanOf(gathering.site);
    const rewritten = 'outputs' in gathering ? rewriteChildOutput(program, gathering) : rewriteGathering(context, gathering);
    return { kind: 'fix', id: `${name}:${site.path}:${site.start}`, transform: name, site, title, ...rewritten };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return refusal(program, gathering.site, title, error.reason);
  }
}

/** What a child prints goes to the same place as what the program prints, and nobody listens: there is nothing that a pipeline would do. */
function isShown({ stages, loop }: Wiring): boolean {
  const [from, to, ...more] = stages;
  if (loop !== undefined || more.length > 0 || from?.kind?.role !== 'process' || to?.kind?.role !== 'stdio') return false;
  return from.listeners.length === 0 && to.listeners.length === 0;
}

/** The names as long as a line has room for. */
function titleOf(wiring: Wiring): string {
  const titles = [40, 24, 18].map((longest) => titleWith(wiring, longest));
  return titles.find(({ length }) => length <= 80) ?? titles.at(-1) ?? '';
}

function titleWith({ stages, loop }: Wiring, longest: number): string {
  const [from, through, to] = [stages[0], stages[1], stages.at(-1)].map((stage) => nameOf(stage?.base, longest));
  if (isRound(stages) && stages.length > 2) return `${from} and ${stages.length === 3 ? through : 'others'} are piped into each other`;
  if (loop === undefined) return `${from} is piped to ${to}`;
  return loop.digests ? `${from} is given to ${to} by a listener` : `${from} is copied to ${to} without backpressure`;
}

function ofStray(program: Program, { chain, context }: StrayChain): Finding[] {
  const kinds = chain.segments.map((segment) => streamKind(program, segment.base));
  if (chain.pipes.length === 0 || kinds.every((kind) => kind === undefined)) return [];
  const [first, last] = [chain.segments[0]?.base, chain.segments.at(-1)?.base];
  if (first !== undefined && kinds[0] === undefined && !isUntyped(program, first)) return [];
  const reason = context === 'expression' ? refusals.notStatement() : refusals.returned(context);
  return [refusal(program, chain.pipes[0]?.call ?? chain.expression, `${nameOf(first, 24)} is piped to ${nameOf(last, 24)}`, reason)];
}

function refusal(program: Program, site: ts.Node, title: string, reason: Reason): Refusal {
  return { kind: 'refusal', transform: name, site: program.spanOf(site), title, reason };
}
