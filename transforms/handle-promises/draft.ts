/** Makes fixes and refusals of this transform. */

import type { ts } from 'ts-morph';
import type { Edit, Fix, Reason, Refusal } from '../../engine/finding.ts';
import type { Knowledge } from './knowledge.ts';

const transform = 'handle-promises';

export interface FixDraft {
  readonly at: ts.Node;
  readonly title: string;
  readonly edits: readonly Edit[];
  readonly notes?: readonly string[];
  /** Makes it unsafe. */
  readonly unsafe?: Reason | undefined;
  readonly dependsOn?: readonly string[];
}

export function fixOf(draft: FixDraft, known: Knowledge): Fix {
  const site = known.program.spanOf(draft.at);
  return {
    kind: 'fix',
    id: `${transform}:${site.path}:${site.start}:${site.end}`,
    transform,
    site,
    title: draft.title,
    safety: draft.unsafe === undefined ? 'safe' : 'unsafe',
    ...(draft.unsafe !== undefined && { reason: draft.unsafe }),
    notes: [...(draft.notes ?? []), ...known.processNotes],
    edits: draft.edits,
    imports: [],
    preambles: [],
    dependsOn: draft.dependsOn ?? [],
  };
}

export function refusalOf(at: ts.Node, title: string, reason: Reason, known: Knowledge): Refusal {
  return { kind: 'refusal', transform, site: known.program.spanOf(at), title, reason };
}

/** The text of a call or value on one line, its arguments left out: `reports.save(…)`. */
export function shortText(node: ts.Node): string {
  const text = node.getText().replace(/\s+/g, ' ');
  return text.length <= 48 ? text : `${text.slice(0, 47)}…`;
}
