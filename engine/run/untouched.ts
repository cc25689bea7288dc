/**
 * What no fix changes: a function whose text is taken, for an import would not be there where it runs, and nobody knows what runs it; and a
 * file that a machine wrote, for the next build overwrites it.
 */

import { ts } from 'ts-morph';
import { graphOf } from '../async/call-graph.ts';
import { functionName } from '../async/functions.ts';
import { takenTextAround } from '../async/source-text.ts';
import type { Finding, Fix, Reason } from '../finding.ts';
import { placeOf } from '../program/place.ts';
import type { Program } from '../program/program.ts';

/** Sites whose fixes, or what these build on, would change such a thing are refused. */
export function besidesUntouched(findings: readonly Finding[], program: Program): Finding[] {
  const byId = new Map(findings.flatMap((finding) => (finding.kind === 'fix' ? [[finding.id, finding]] : [])));
  const known = new Map<Fix, Reason | undefined>();
  const reasonOf = (fix: Fix): Reason | undefined => {
    if (known.has(fix)) return known.get(fix);
    known.set(fix, undefined);
    let reason = reasonOfEdits(fix, program);
    for (const id of fix.dependsOn) {
      const needed = byId.get(id);
      reason ??= needed && reasonOf(needed);
    }
    known.set(fix, reason);
    return reason;
  };
  return findings.map((finding) => {
    if (finding.kind !== 'fix' || finding.site === undefined) return finding;
    const reason = reasonOf(finding);
    if (reason === undefined) return finding;
    const { transform, site, title, weakness } = finding;
    return { kind: 'refusal', transform, site, title, reason, ...(weakness && { weakness }) };
  });
}

function reasonOfEdits({ edits }: Fix, program: Program): Reason | undefined {
  for (const { path, start } of edits) {
    const file = program.file(path);
    if (file === undefined) continue;
    const node = innermost(file, start);
    if (program.isMachineWritten(path)) {
      return {
        code: 'escapes',
        message: `\`${path}\` would have to change with it (${placeOf(program, node)}), which a machine wrote.`,
        help: 'Change what it is made from, and make it again; or name it as a path, to have it changed too.',
      };
    }
    const taken = takenTextAround(graphOf(program), node);
    if (taken !== undefined) {
      return {
        code: 'escapes',
        message: `The text of \`${functionName(taken.fn)}\` is taken at ${placeOf(program, taken.at)}, and may run where nothing of this file is.`,
        help: 'See where the text goes, and change it by hand if what runs it knows `await`.',
      };
    }
  }
  return undefined;
}

/** The innermost node that has the offset inside it, and not at its beginning. */
function innermost(file: ts.SourceFile, offset: number): ts.Node {
  let node: ts.Node = file;
  for (;;) {
    const child = ts.forEachChild(node, (one) => (one.pos < offset && offset < one.end ? one : undefined));
    if (child === undefined) return node;
    node = child;
  }
}
