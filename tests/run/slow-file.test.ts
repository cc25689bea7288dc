/** A file with which a transform does not finish is left alone and named, and the others are done. */

import { expect, test } from '@jest/globals';
import type { Finding } from '../../engine/finding.ts';
import { run } from '../../engine/run.ts';
import { defineTransform } from '../../engine/transform.ts';
import { projectWith } from './project.ts';

/** Turns `before` into `after`, and asks about some files without end. */
const patient = defineTransform({
  name: 'patient',
  summary: 'what the test says',
  mention: /before/,
  *find({ program, candidates }): Iterable<Finding> {
    for (const file of candidates) {
      const path = program.pathOf(file);
      if (file.text.includes('endless')) for (;;) program.symbolOf(file);
      const start = file.text.indexOf('before');
      const edit = { kind: 'replace', path, start, end: start + 6, text: 'after' } as const;
      const common = { transform: 'patient', title: path, safety: 'safe', notes: [], imports: [], preambles: [], dependsOn: [] } as const;
      yield { ...common, kind: 'fix', id: path, site: edit, edits: [edit] };
    }
  },
});

test('a slow file is left alone and named, and the others are done', async () => {
  const cwd = projectWith({
    'accounts.js': "exports.state = 'before';\n",
    'invoices.js': "exports.state = 'before, endless';\n",
    'orders.js': "exports.state = 'before';\n",
  });
  const result = await run({ cwd, transforms: [patient], fileTimeout: 0.1 });
  expect(result.files.map(({ path, status }) => `${path} ${status}`)).toEqual([
    'accounts.js changed',
    'invoices.js failed',
    'orders.js changed',
  ]);
  const [slow] = result.files.flatMap((file) => (file.status === 'failed' ? [file.error] : []));
  expect(slow).toBe('is left alone: patient takes more than 0.1 s for it; allow more with --file-timeout');
});

test('files that only together take long are done', async () => {
  let whole = 0;
  const slowTogether = defineTransform({
    ...patient,
    *find(context): Iterable<Finding> {
      const [first, second] = context.candidates;
      if (second !== undefined) whole += 1;
      // Each time over all files but the one that has no limit any more.
      const end = performance.now() + (second === undefined || whole > 1 ? 0 : 1000);
      while (first !== undefined && performance.now() < end) context.program.symbolOf(first);
      yield* patient.find(context);
    },
  });
  const cwd = projectWith({ 'accounts.js': "exports.state = 'before';\n", 'orders.js': "exports.state = 'before';\n" });
  const result = await run({ cwd, transforms: [slowTogether], fileTimeout: 0.1 });
  expect(whole).toBe(2);
  expect(result.files.map(({ status }) => status)).toEqual(['changed', 'changed']);
  expect(result.warnings).toEqual([]);
});
