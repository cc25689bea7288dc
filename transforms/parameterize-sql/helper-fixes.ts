/**
 * Fixes of functions that make parts of several texts. Such a function changes for all its calls or for none: each of them has to be
 * part of a text that is rewritten too, and in the same way.
 */

import type { Edit, Finding, Fix, Refusal } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import type { FunctionWithBody } from './functions.ts';
import type { HelperEdits } from './helper-edits.ts';
import { callsOf } from './helpers.ts';
import { mergedEdits, type SourceEdit } from './rewrite.ts';
import { short } from './sinks.ts';
import { nameOfFunction } from './wrappers.ts';

interface Noted {
  readonly helpers: readonly HelperEdits[];
  readonly refuse: (why: string) => Refusal;
}

const noted = new WeakMap<Fix, Noted>();

export function noteHelpers(fix: Fix, helpers: readonly HelperEdits[], refuse: (why: string) => Refusal): void {
  if (helpers.length > 0) noted.set(fix, { helpers, refuse });
}

export function helperFixId(program: Program, owner: FunctionWithBody): string {
  return `parameterize-sql:text-of:${program.pathOf(owner)}:${owner.pos}`;
}

/** The findings with a refusal for each fix whose function cannot change, and with the fixes of those that can. */
export function settleHelpers(program: Program, findings: readonly Finding[]): readonly Finding[] {
  let settled = findings;
  for (;;) {
    const groups = groupsOf(settled);
    const why = new Map<Fix, string>();
    for (const [owner, users] of groups) {
      const reason = whyNot(program, owner, users);
      if (reason !== undefined) for (const { fix } of users) why.set(fix, reason);
    }
    if (why.size === 0) return [...settled, ...[...groups].map(([owner, users]) => helperFix(program, owner, users))];
    settled = settled.map((finding) => {
      const reason = finding.kind === 'fix' ? why.get(finding) : undefined;
      return reason === undefined ? finding : (noted.get(finding as Fix)?.refuse(reason) ?? finding);
    });
  }
}

interface User {
  readonly fix: Fix;
  readonly part: HelperEdits;
}

function groupsOf(findings: readonly Finding[]): Map<FunctionWithBody, User[]> {
  const groups = new Map<FunctionWithBody, User[]>();
  for (const fix of findings) {
    if (fix.kind !== 'fix') continue;
    for (const part of noted.get(fix)?.helpers ?? []) groups.set(part.owner, [...(groups.get(part.owner) ?? []), { fix, part }]);
  }
  return groups;
}

function whyNot(program: Program, owner: FunctionWithBody, users: readonly User[]): string | undefined {
  const name = nameOfFunction(owner);
  const calls = callsOf(program, owner);
  if (typeof calls === 'string') return `A part of the text is made by \`${name}\`, which ${calls}.`;
  const known = new Set(users.flatMap(({ part }) => part.calls));
  const other = calls.find((call) => !known.has(call));
  if (other !== undefined)
    return `A part of the text is made by \`${name}\`, which is also called in \`${short(other.parent)}\` of ${program.pathOf(other)}, where its text would change.`;
  const [first, ...others] = users.map(({ part }) => JSON.stringify(part.edits));
  if (others.some((one) => one !== first)) return `What \`${name}\` becomes depends on which text it is a part of.`;
  return undefined;
}

function helperFix(program: Program, owner: FunctionWithBody, users: readonly User[]): Fix {
  const path = program.pathOf(owner);
  const edits: readonly SourceEdit[] = users[0]?.part.edits ?? [];
  return {
    kind: 'fix',
    id: helperFixId(program, owner),
    transform: 'parameterize-sql',
    site: undefined,
    title: `give \`${nameOfFunction(owner)}\` the array of its text's values`,
    safety: 'safe',
    notes: [],
    edits: mergedEdits(edits).map((edit): Edit => ({ kind: 'replace', path, ...edit })),
    imports: [],
    preambles: [],
    dependsOn: users.map(({ fix }) => fix.id),
  };
}
