/** A transform for tests of the command line alone: `oldCall(…)` becomes `String(…)`. */

import { ts } from 'ts-morph';
import type { Finding } from '../../engine/finding.ts';
import type { Transform } from '../../engine/transform.ts';

export const renameCall: Transform = {
  name: 'sync-to-promises',
  summary: 'oldCall becomes String',
  mention: /oldCall/,
  *find({ candidates, program }) {
    for (const file of candidates) yield* callsIn(file, program.pathOf(file));
  },
};

function* callsIn(file: ts.SourceFile, path: string): Iterable<Finding> {
  const pending: ts.Node[] = [file];
  for (let node = pending.pop(); node; node = pending.pop()) {
    ts.forEachChild(node, (child) => void pending.push(child));
    if (!ts.isCallExpression(node) || node.expression.getText(file) !== 'oldCall') continue;
    const start = node.expression.getStart(file);
    const end = node.expression.end;
    const transform = 'sync-to-promises';
    const site = { path, start, end };
    const argument = node.arguments[0]?.getText(file);
    if (argument === 'crash') throw new TypeError('no such row');
    if (argument === 'refuse') {
      yield { kind: 'refusal', transform, site, title: 'oldCall', reason: { code: 'escapes', message: 'It escapes.', help: 'Hold it.' } };
    } else {
      yield {
        kind: 'fix',
        id: `${path}:${start}`,
        transform,
        site,
        title: 'Call String',
        safety: argument === 'unsafe' ? 'unsafe' : 'safe',
        notes: [],
        edits: [{ kind: 'replace', path, start, end, text: 'String' }],
        imports: [],
        preambles: [],
        dependsOn: [],
      };
    }
  }
}
