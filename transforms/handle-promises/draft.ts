/** Makes fixes and refusals of this transform. */

import { ts } from 'ts-morph';
import type { Edit, Fix, Reason, Refusal } from '../../engine/finding.ts';
import type { Handler } from './handlers.ts';
import type { Knowledge } from './knowledge.ts';

const transform = 'handle-promises';

export interface FixDraft {
  readonly at: ts.Node;
  readonly title: string;
  readonly edits: readonly Edit[];
  readonly notes?: readonly string[];
  /** Makes it unsafe. */
  readonly unsafe?: Reason | undefined;
  /** Whose imports are needed. */
  readonly handler?: Handler;
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
    notes: [...(draft.notes ?? []).map((note) => unseenNote(note, draft.at, known)), ...known.processNotes],
    edits: draft.edits,
    imports: draft.handler?.imports ?? [],
    preambles: draft.handler?.preambles ?? [],
    dependsOn: draft.dependsOn ?? [],
  };
}

/** Bluebird prints what nobody handles, Q keeps it to itself: neither ends the process. */
function unseenNote(note: string, at: ts.Node, { values }: Knowledge): string {
  const unseen = ts.isExpression(at) ? values.unseen(at) : undefined;
  if (unseen === undefined) return note;
  return note.replace(
    'nobody saw it and the process ended',
    unseen === 'warning' ? 'the library printed a warning, and the process went on' : 'nobody saw it',
  );
}

export function refusalOf(at: ts.Node, title: string, reason: Reason, known: Knowledge): Refusal {
  return { kind: 'refusal', transform, site: known.program.spanOf(at), title, reason };
}

/** The text of a call or value on one line, its end left out: `reports.save(…`. */
export function shortText(node: ts.Node, longest = 48): string {
  const text = node
    .getText()
    .replace(/\s+(?=[.?])/g, '')
    .replace(/\s+/g, ' ');
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

/** A title is a line of this length at most. */
const lineLength = 80;

/** @returns the title with as much of the node's text as the line has room for */
export function titled(node: ts.Node, words: (text: string) => string): string {
  const text = shortText(node);
  const surplus = words(text).length - lineLength;
  return words(surplus <= 0 ? text : shortText(node, text.length - surplus));
}
