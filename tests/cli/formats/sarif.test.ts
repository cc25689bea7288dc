/** `--format sarif` against the standard's own schema, and its fixes against what they say they do. */

import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { runInNewContext } from 'node:vm';
import type { Log, Replacement, Result } from 'sarif';
import { lineStarts } from '../../../engine/text.ts';
import { oneFix, say, findingOf } from '../fake-world.ts';
import { inBusyProject } from './busy-project.ts';

/** The schema of the standard as a package carries it, as an object literal among its other code. */
function standardSchema(): object {
  const bundle = readFileSync(createRequire(import.meta.url).resolve('@datadog/datadog-ci-plugin-sarif'), 'utf8');
  const [, literal] = /^var sarif_schema_2_1_0_default = (\{[\s\S]*?^\});$/m.exec(bundle) ?? [];
  return JSON.parse(runInNewContext(`JSON.stringify(${literal ?? ''})`) as string) as object;
}

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
const isSarif = ajv.compile(standardSchema());

function valid(text: string): Log {
  const log = JSON.parse(text) as Log;
  expect(isSarif(log) ? [] : isSarif.errors).toEqual([]);
  return log;
}

function resultsOf(log: Log): readonly Result[] {
  return log.runs[0]?.results ?? [];
}

test('the schema is the real one: it refuses what the standard does', () => {
  expect(isSarif({ version: '2.1.0', runs: [{ tool: { driver: { name: 'x' } }, results: [{ message: {} }] }] })).toBe(false);
  expect(isSarif({ version: '2.0.0', runs: [] })).toBe(false);
});

describe('a report of a real project', () => {
  test('is valid, and every site is in it', async () => {
    await inBusyProject(async (_, nodelift) => {
      const { stdout } = await nodelift('--format', 'sarif');
      const json = JSON.parse((await nodelift('--format', 'json')).stdout) as { findings: { id: string }[] };
      const log = valid(stdout);
      expect(resultsOf(log)).toHaveLength(json.findings.length);
      expect(log.runs[0]?.invocations?.[0]).toMatchObject({ executionSuccessful: false });
      expect(log.runs[0]?.invocations?.[0]?.toolExecutionNotifications?.[0]?.message.text).toContain('cannot be parsed');
    });
  });

  test('names the weakness of a query, for code scanning', async () => {
    await inBusyProject(async (_, nodelift) => {
      const log = valid((await nodelift('--format', 'sarif', '-t', 'parameterize-sql')).stdout);
      const rule = log.runs[0]?.tool.driver.rules?.find(({ id }) => id.includes('cwe-89'));
      expect(rule?.properties).toMatchObject({ tags: ['security', 'external/cwe/cwe-089'] });
      expect(Number(rule?.properties?.['security-severity'])).toBeGreaterThanOrEqual(7);
      expect(resultsOf(log)).toMatchObject([{ ruleId: rule?.id, level: 'error' }]);
    });
  });

  test('leads from a call to the barrier, and says that start-up code is no problem', async () => {
    await inBusyProject(async (_, nodelift) => {
      const results = resultsOf(valid((await nodelift('--format', 'sarif')).stdout));
      const barrier = results.find(({ properties }) => properties?.reason === 'barrier');
      const places = barrier?.codeFlows?.[0]?.threadFlows[0]?.locations.map(
        ({ location }) => location?.physicalLocation?.artifactLocation?.uri,
      );
      expect(places).toContain('lib/page.js');
      expect(results.find(({ properties }) => properties?.reason === 'startup-code')).toMatchObject({
        kind: 'informational',
        level: 'none',
      });
    });
  });

  test('carries the fixes: each, done alone by the report, gives what nodelift gives for it alone', async () => {
    await inBusyProject(async (project, nodelift) => {
      const results = resultsOf(valid((await nodelift('--format', 'sarif', '-t', 'sync-to-promises')).stdout));
      const fixed = results.filter(({ fixes }) => fixes !== undefined);
      const touched = fixed.map(({ fixes }) => fixes?.[0]?.artifactChanges.map(({ artifactLocation }) => artifactLocation.uri).sort());
      expect(touched).toContainEqual(['lib/settings.js', 'server.js']);
      for (const { fixes } of fixed) {
        for (const { artifactLocation, replacements } of fixes?.[0]?.artifactChanges ?? []) {
          const path = decodeURIComponent(artifactLocation.uri ?? '');
          const before = readFileSync(`${project.folder}/${path}`, 'utf8');
          project.write({ [path]: replaced(before, replacements) });
        }
      }
      const applied = Object.fromEntries(['lib/settings.js', 'server.js'].map((path) => [path, project.bytes(path)]));
      project.git(['checkout', '-q', '.']);
      await nodelift('--write', '-t', 'sync-to-promises');
      expect(applied).toEqual(Object.fromEntries(Object.keys(applied).map((path) => [path, project.bytes(path)])));
      expect(applied['server.js']).toContain("await load('settings.json')");
    });
  });

  test('after a write tells only what is left', async () => {
    await inBusyProject(async (_, nodelift) => {
      const { stdout } = await nodelift('--write', '--format', 'sarif');
      expect(resultsOf(valid(stdout)).filter(({ properties }) => properties?.status === 'fixed')).toEqual([]);
    });
  });
});

test('a site keeps its fingerprint when lines are added above it', async () => {
  const fingerprint = async (line: number): Promise<unknown> => {
    const before = `${'\n'.repeat(line - 1)}const a = readFileSync(p);\n`;
    const file = { status: 'changed', path: 'server.js', before, after: '', bom: false, fixes: ['f1'] } as const;
    const result = oneFix({ files: [file], findings: [findingOf({ fix: 'f1', start: { line, column: 11 }, end: { line, column: 20 } })] });
    return resultsOf(valid((await say({ args: ['--format', 'sarif'], result })).stdout))[0]?.partialFingerprints;
  };
  expect(await fingerprint(9)).toEqual(await fingerprint(1));
});

function replaced(text: string, replacements: readonly Replacement[]): string {
  const starts = lineStarts(text);
  const offset = (line = 1, column = 1): number => (starts[line - 1] ?? text.length) + column - 1;
  return [...replacements].reverse().reduce((result, { deletedRegion: region, insertedContent }) => {
    const end = offset(region.endLine, region.endColumn);
    return result.slice(0, offset(region.startLine, region.startColumn)) + (insertedContent?.text ?? '') + result.slice(end);
  }, text);
}
