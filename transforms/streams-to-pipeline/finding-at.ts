/** A finding for one site: the fix that a function gives, or the refusal that it throws. */

import type { ts } from 'ts-morph';
import type { Finding, Fix, Reason } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import { Refused } from './refusals.ts';

export const transform = 'streams-to-pipeline';

export type Changes = Pick<Fix, 'edits' | 'imports' | 'preambles'> & {
  /** Why the fix is unsafe; undefined for a safe one. */
  readonly unsafe: Reason | undefined;
  readonly notes?: readonly string[];
};

/** @param change gives the changes, or throws `Refused` */
export function findingAt(program: Program, node: ts.Node, title: string, change: () => Changes): Finding {
  const site = program.spanOf(node);
  try {
    const { unsafe, notes = [], ...changes } = change();
    return {
      kind: 'fix',
      id: `${transform}:${site.path}:${site.start}`,
      transform,
      site,
      title,
      safety: unsafe === undefined ? 'safe' : 'unsafe',
      ...(unsafe !== undefined && { reason: unsafe }),
      notes,
      ...changes,
      dependsOn: [],
    };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { kind: 'refusal', transform, site, title, reason: error.reason };
  }
}
