import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { rmSync } from 'node:fs';
import type { RunResult } from '../../engine/result.ts';
import { run } from '../../engine/run.ts';
import { planting, type Planted } from './planted.ts';
import { projectWith } from './project.ts';

const texts = ({ files }: RunResult): [string, string][] =>
  files.flatMap((file) => (file.status === 'changed' ? [[file.path, file.after] as [string, string]] : []));

/** Fixes in up to eight files, some over two files, some that depend on others. */
const fixesOf = fc
  .array(fc.record({ file: fc.nat(7), other: fc.option(fc.nat(7)), needs: fc.option(fc.nat(11)) }), { minLength: 1, maxLength: 12 })
  .map((rows) =>
    rows.map(({ file, other, needs }, index): Planted => ({
      id: `fix-${index}`,
      edits: [
        [`f${file}.js`, `a${index}();`, `b${index}();`],
        ...(other === null ? [] : [[`f${other}.js`, `c${index}();`, `d${index}();`] as const]),
      ],
      dependsOn: needs === null || needs >= index ? [] : [`fix-${needs}`],
    })),
  );

test('the shares of a run have no file in common, and are the whole run together, with what depends on what', async () => {
  const lines = Array.from({ length: 12 }, (_, index) => `a${index}();\nc${index}();\n`).join('');
  const cwd = projectWith(Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`f${index}.js`, lines])));
  await fc.assert(
    fc.asyncProperty(fixesOf, fc.integer({ min: 1, max: 4 }), async (fixes, count) => {
      const options = { cwd, transforms: [planting(...fixes)], verify: false };
      const whole = await run(options);
      const shares: RunResult[] = [];
      for (let index = 1; index <= count; index += 1) shares.push(await run({ ...options, shard: { index, count } }));
      expect(shares.flatMap(texts).sort()).toEqual(texts(whole).sort());
      expect(shares.flatMap(({ files }) => files.map(({ path }) => path)).sort()).toEqual(whole.files.map(({ path }) => path).sort());
      expect(shares.flatMap(({ findings }) => findings.map(({ id }) => id)).sort()).toEqual(whole.findings.map(({ id }) => id).sort());
      for (const { findings } of shares) {
        const own = new Set(findings.map(({ fix }) => fix));
        for (const { dependsOn = [] } of findings) for (const fix of dependsOn) expect(own).toContain(fix);
      }
    }),
    { numRuns: 25 },
  );
  rmSync(cwd, { recursive: true });
}, 120_000);
