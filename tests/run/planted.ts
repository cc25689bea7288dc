/** A transform whose fixes are written down in the test: right ones, and wrong ones that verification has to find. */

import type { Fix, ReplaceEdit } from '../../engine/finding.ts';
import { defineTransform, type Transform } from '../../engine/transform.ts';

export interface Planted {
  readonly id: string;
  /** Each replaces the first occurrence of a text in a file; the first one is the site. */
  readonly edits: readonly (readonly [path: string, from: string, to: string])[];
  readonly dependsOn?: readonly string[];
  /** `false` for a fix that only serves others. */
  readonly site?: false;
}

export function planting(...planted: readonly Planted[]): Transform {
  return defineTransform({
    name: 'planted',
    summary: 'what the test says',
    mention: /./,
    find: ({ program }) =>
      planted.flatMap(({ id, edits, dependsOn = [], site }): Fix[] => {
        const found = edits.flatMap(([path, from, text]): ReplaceEdit[] => {
          const start = program.file(path)?.text.indexOf(from) ?? -1;
          return start === -1 ? [] : [{ kind: 'replace', path, start, end: start + from.length, text }];
        });
        const [first] = found;
        if (first === undefined || found.length < edits.length) return [];
        const common = { transform: 'planted', title: id, safety: 'safe', notes: [], imports: [], preambles: [] } as const;
        const needed = dependsOn.filter((other) => planted.some((one) => one.id === other));
        return [{ ...common, kind: 'fix', id, site: site === false ? undefined : first, edits: found, dependsOn: needed }];
      }),
  });
}
