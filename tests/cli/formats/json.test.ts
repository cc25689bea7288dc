/** `--format json` against the schema that is published for it. */

import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { findingOf, resultOf, say } from '../fake-world.ts';
import { inBusyProject } from './busy-project.ts';

const schema = JSON.parse(readFileSync(new URL('../../../schemas/report-1.json', import.meta.url), 'utf8')) as Record<string, unknown>;
const isReport = new Ajv2020({ strict: true, allErrors: true, strictRequired: false }).compile(schema);

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly additionalProperties?: Node;
  readonly $ref?: string;
}

/** Paths of the keys that a value has and the schema does not know. A schema that allows everything would be valid for anything. */
function unknownKeys(value: unknown, node: Node, path = ''): string[] {
  const at = node.$ref === undefined ? node : ((schema.$defs as Record<string, Node>)[node.$ref.replace('#/$defs/', '')] ?? {});
  if (Array.isArray(value)) return value.flatMap((item) => unknownKeys(item, at.items ?? {}, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const known = at.properties?.[key] ?? at.additionalProperties;
    return known === undefined ? [`${path}.${key}`] : unknownKeys(child, known, `${path}.${key}`);
  });
}

describe('the report', () => {
  test.each([[[]], [['--write']], [['--unsafe']], [['-t', 'parameterize-sql']]])(
    'with %j is what the schema says, to the last key',
    async (args) => {
      await inBusyProject(async (_, nodelift) => {
        const { stdout } = await nodelift('--format', 'json', ...args);
        const report: unknown = JSON.parse(stdout);
        expect(isReport(report) ? [] : isReport.errors).toEqual([]);
        expect(unknownKeys(report, schema)).toEqual([]);
      });
    },
  );

  test('has the chain to a barrier, with lines', async () => {
    await inBusyProject(async (_, nodelift) => {
      const { findings } = JSON.parse((await nodelift('--format', 'json')).stdout) as {
        findings: { reason?: { code: string; chain?: unknown[] } }[];
      };
      const barrier = findings.find(({ reason }) => reason?.code === 'barrier');
      expect(barrier?.reason?.chain).toContainEqual({ name: expect.any(String), path: 'lib/page.js', line: expect.any(Number) });
    });
  });

  test('that nothing was found in is valid too', async () => {
    const { stdout } = await say({ args: ['--format', 'json'], result: resultOf({}) });
    expect(isReport(JSON.parse(stdout))).toBe(true);
  });
});

describe('the schema', () => {
  test.each([
    ['a refusal without a reason', { status: 'refused' }],
    ['a line before the first', { fix: 'f', start: { line: 0, column: 1 } }],
    ['an unknown status', { fix: 'f', status: 'done' as 'fixed' }],
  ] as const)('refuses %s', async (_, parts) => {
    const { stdout } = await say({ args: ['--format', 'json'], result: resultOf({ findings: [findingOf(parts)] }) });
    expect(isReport(JSON.parse(stdout))).toBe(false);
  });
});
