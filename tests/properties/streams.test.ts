/**
 * Random graphs of streams, with failures injected at any stage and time, tell the same handlers the same before and after
 * `streams-to-pipeline`: the bytes that arrived, the error, a crash.
 * `NODELIFT_PROGRAMS=60` makes fewer, `NODELIFT_SEED=…` others.
 */

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fileURLToPath } from 'node:url';
import { streamsToPipeline } from '../../transforms/streams-to-pipeline/index.ts';
import { firstDifference, runFileBatch } from './streams-batch.ts';
import { parts, streamProgram } from './streams-program.ts';

const count = Number(process.env.NODELIFT_PROGRAMS ?? 600);
const seed = Number(process.env.NODELIFT_SEED ?? 77_001);
const player = fileURLToPath(new URL('./streams-play.mjs', import.meta.url));
const decisions = fc.noBias(fc.array(fc.nat(65_535), { minLength: 40, maxLength: 40 }));
const programs = fc.sample(decisions, { seed, numRuns: Math.min(count, 1000) }).map((numbers) => streamProgram(numbers));
const batch = { transform: streamsToPipeline, unsafe: false, shared: { 'parts.js': parts }, programs, player };

test('the same bytes, the same errors, by the same handlers, once', async () => {
  const { result, again, played } = await runFileBatch(batch);
  expect(result.files.filter(({ status }) => status === 'failed')).toEqual([]);
  expect(result.findings.filter(({ reason }) => reason?.code === 'verification-failed')).toEqual([]);
  expect(again).toEqual([]);
  const fixed = result.findings.filter(({ status }) => status === 'fixed').length;
  expect(fixed / result.findings.length).toBeGreaterThan(0.6);
  expect(`NODELIFT_SEED=${seed} ${firstDifference(played) ?? ''}`).toBe(`NODELIFT_SEED=${seed} `);
}, 300_000);

test('a failure that is lost would show', async () => {
  const { played } = await runFileBatch({
    ...batch,
    programs: programs.slice(0, 60),
    patched: (text) => text.replace(/if \((\w+)\) throw \1|return fail\(\w+\)/g, ';'),
  });
  expect(firstDifference(played)).toBeDefined();
}, 300_000);
