/** No fix changes a function whose text is taken: an import would not be there where it runs, and nobody knows what runs it. */

import { ts } from 'ts-morph';
import { graphOf } from '../async/call-graph.ts';
import { functionName } from '../async/functions.ts';
import { takenTextAround, type TakenText } from '../async/source-text.ts';
import type { Finding, Fix } from '../finding.ts';
import { placeOf } from '../program/place.ts';
import type { Program } from '../program/program.ts';

/** Sites in such functions, and those whose fixes need a change there, are refused. */
export function besidesTakenTexts(findings: readonly Finding[], program: Program): Finding[] {
  const byId = new Map(findings.flatMap((finding) => (finding.kind === 'fix' ? [[finding.id, finding]] : [])));
  const known = new Map<Fix, TakenText | undefined>();
  const takenBy = (fix: Fix): TakenText | undefined => {
    if (known.has(fix)) return known.get(fix);
    known.set(fix, undefined);
    let taken = takenByEdits(fix, program);
    for (const id of fix.dependsOn) {
      const needed = byId.get(id);
      taken ??= needed && takenBy(needed);
    }
    known.set(fix, taken);
    return taken;
  };
  return findings.map((finding) => {
    if (finding.kind !== 'fix' || finding.site === undefined) return finding;
    const taken = takenBy(finding);
    if (taken === undefined) return finding;
    const { transform, site, title, weakness } = finding;
    const message = `The text of \`${functionName(taken.fn)}\` is taken at ${placeOf(program, taken.at)}, and may run where nothing of this file is.`;
    const help = 'See where the text goes, and change it by hand if what runs it knows `await`.';
    return { kind: 'refusal', transform, site, title, reason: { code: 'escapes', message, help }, ...(weakness && { weakness }) };
  });
}

function takenByEdits({ edits }: Fix, program: Program): TakenText | undefined {
  for (const { path, start } of edits) {
    const file = program.file(path);
    const taken = file && takenTextAround(graphOf(program), innermost(file, start));
    if (taken !== undefined) return taken;
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
