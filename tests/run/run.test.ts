import { describe, expect, test } from '@jest/globals';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ts } from 'ts-morph';
import type { Finding, Fix } from '../../engine/finding.ts';
import type { FileResult, RunOptions, RunResult } from '../../engine/result.ts';
import { run } from '../../engine/run.ts';
import { defineTransform, type Transform, type TransformContext } from '../../engine/transform.ts';
import { projectWith } from './project.ts';

/** Replaces each call of `from` by one of `to`. */
function renaming(from: string, to: string, extra: Partial<Fix> = {}): Transform {
  return defineTransform({
    name: `rename-${from.toLowerCase()}`,
    summary: `${from} becomes ${to}`,
    mention: new RegExp(`\\b${from}\\b`),
    find: (context) =>
      callsOf(from, context).map((name): Finding => {
        const site = context.program.spanOf(name);
        return {
          kind: 'fix',
          id: `${site.path}:${site.start}`,
          transform: `rename-${from.toLowerCase()}`,
          site,
          title: `${from} becomes ${to}`,
          safety: 'safe',
          notes: [],
          edits: [{ kind: 'replace', path: site.path, start: site.start, end: site.end, text: to }],
          imports: [],
          preambles: [],
          dependsOn: [],
          ...extra,
        };
      }),
  });
}

function callsOf(name: string, { candidates }: TransformContext): ts.Identifier[] {
  const found: ts.Identifier[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === name) found.push(node.expression);
    ts.forEachChild(node, visit);
  };
  for (const file of candidates) visit(file);
  return found;
}

async function runOn(files: Readonly<Record<string, string | Buffer>>, options: Omit<RunOptions, 'cwd'>): Promise<RunResult> {
  const cwd = projectWith(files);
  try {
    return await run({ cwd, ...options });
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

function changed(result: RunResult): Record<string, string> {
  return Object.fromEntries(result.files.flatMap((file) => (file.status === 'changed' ? [[file.path, file.after]] : [])));
}

function failed(result: RunResult): FileResult[] {
  return result.files.filter((file) => file.status === 'failed');
}

describe('a run', () => {
  test('applies the transforms in order, each on what the ones before it left', async () => {
    const result = await runOn(
      { 'a.js': 'escape();\nunescape();\n' },
      { transforms: [renaming('escape', 'unescape'), renaming('unescape', 'isNaN')] },
    );
    expect(changed(result)).toEqual({ 'a.js': 'isNaN();\nisNaN();\n' });
    expect(result.findings.map(({ transform, start, status }) => [transform, start.line, status])).toEqual([
      ['rename-escape', 1, 'fixed'],
      ['rename-unescape', 1, 'fixed'],
      ['rename-unescape', 2, 'fixed'],
    ]);
  });

  test('goes round again until nothing changes, whatever the order', async () => {
    const result = await runOn({ 'a.js': 'escape();\n' }, { transforms: [renaming('unescape', 'isNaN'), renaming('escape', 'unescape')] });
    expect(changed(result)).toEqual({ 'a.js': 'isNaN();\n' });
  });

  test('goes round again with one transform too, where a change made more possible far from it', async () => {
    // As long as `escape` is called anywhere, the call in `b.js` is not looked at.
    const inOrder = renaming('escape', 'isNaN');
    const transform: Transform = {
      ...inOrder,
      mention: /./,
      find: (context) => {
        const findings = [...inOrder.find(context)];
        const waits = context.program.files.some(({ text }) => text.includes('escape()'));
        return waits
          ? findings
          : [...renaming('parseFloat', 'isFinite').find(context)].map((finding) => ({ ...finding, transform: inOrder.name }));
      },
    };
    const result = await runOn({ 'a.js': 'escape();\n', 'b.js': 'parseFloat();\n' }, { transforms: [transform] });
    expect(changed(result)).toEqual({ 'a.js': 'isNaN();\n', 'b.js': 'isFinite();\n' });
  });

  test('ends when two transforms undo each other', async () => {
    const result = await runOn({ 'a.js': 'escape();\n' }, { transforms: [renaming('escape', 'unescape'), renaming('unescape', 'escape')] });
    expect(result.files).toHaveLength(1);
    expect(result.warnings.map((warning) => warning.message).join()).toContain('undo each other');
  });

  test('gives positions in the file as it was, whatever was changed above', async () => {
    const text = 'parseInt();\nfirst(); parseFloat();\n  parseFloat();\n';
    const result = await runOn(
      { 'a.js': text },
      { transforms: [renaming('first', 'something\n.longer'), renaming('parseFloat', 'isFinite')] },
    );
    const places = result.findings.filter((finding) => finding.transform === 'rename-parsefloat').map(({ start, end }) => [start, end]);
    expect(places).toEqual([
      [
        { line: 2, column: 10 },
        { line: 2, column: 20 },
      ],
      [
        { line: 3, column: 3 },
        { line: 3, column: 13 },
      ],
    ]);
  });

  test('holds unsafe fixes back, and says so', async () => {
    const transform = renaming('escape', 'unescape', {
      safety: 'unsafe',
      reason: { code: 'shared-state', message: 'Two tasks meet.', help: 'Look.' },
    });
    const result = await runOn({ 'a.js': 'escape();\n' }, { transforms: [transform] });
    expect(changed(result)).toEqual({});
    expect(result.findings).toMatchObject([{ status: 'available', safety: 'unsafe', reason: { code: 'shared-state' } }]);
    expect(changed(await runOn({ 'a.js': 'escape();\n' }, { transforms: [transform], unsafe: true }))).toEqual({ 'a.js': 'unescape();\n' });
  });

  test('drops a fix whose result would not load, and keeps the others', async () => {
    const result = await runOn(
      { 'a.js': 'escape();\nunescape();\n', 'b.js': 'escape();\n' },
      { transforms: [renaming('escape', 'let a; let a'), renaming('unescape', 'isNaN')] },
    );
    expect(changed(result)).toEqual({ 'a.js': 'escape();\nisNaN();\n' });
    expect(
      result.findings.filter((finding) => finding.status === 'refused').map((finding) => [finding.path, finding.reason?.code]),
    ).toEqual([
      ['a.js', 'verification-failed'],
      ['b.js', 'verification-failed'],
    ]);
  });

  test('drops an await in a function that is not async', async () => {
    const result = await runOn({ 'a.js': 'function f() { return escape(); }\n' }, { transforms: [renaming('escape', 'await escape')] });
    expect(result.findings).toMatchObject([{ status: 'refused', reason: { code: 'verification-failed' } }]);
  });

  test.each([
    ['a missed await', 'function load() { return escape("a"); }\nmodule.exports = () => load().trim();\n', 'Promise.resolve("a"), escape'],
    ['a name that is gone', 'function load(name) { return escape(name); }\n', '((n) => n)(mane), escape'],
    ['a module that does not resolve', 'import { x } from "./b.mjs";\nescape(x);\n', '(await import("./none.js")).x'],
  ])('drops a fix that causes %s', async (_name, text, replacement) => {
    const inFunction = replacement.replace(', escape', '');
    const files = { 'a.mjs': text, 'b.mjs': 'export const x = "1";\n' };
    const planted = defineTransform({
      ...renaming('escape', inFunction),
      find: (context) =>
        [...renaming('escape', inFunction).find(context)].map((finding): Finding => {
          if (finding.kind !== 'fix') return finding;
          const [edit] = finding.edits;
          const file = context.program.file('a.mjs');
          if (edit?.kind !== 'replace' || file === undefined) return finding;
          const end = file.text.indexOf(')', edit.end) + 1;
          return { ...finding, edits: [{ ...edit, end, text: inFunction }] };
        }),
    });
    const result = await runOn(files, { transforms: [planted] });
    expect(changed(result)).toEqual({});
    expect(result.findings).toMatchObject([{ status: 'refused', reason: { code: 'verification-failed' } }]);
  });

  test('drops two fixes that change the same text one after the other, and says which', async () => {
    const twice = defineTransform({
      ...renaming('escape', 'unescape'),
      name: 'twice',
      find: (context) =>
        [1, 2].flatMap((round) =>
          [...renaming('escape', `unescape/*${round}*/`).find(context)].map((finding): Finding =>
            finding.kind === 'fix' ? { ...finding, id: `${finding.id}#${round}` } : finding,
          ),
        ),
    });
    const result = await runOn({ 'a.js': 'escape();\n' }, { transforms: [twice] });
    expect(changed(result)).toEqual({ 'a.js': 'unescape/*1*/();\n' });
  });

  test('carries on after a transform that throws, and names the file', async () => {
    const thrower = defineTransform({
      ...renaming('escape', 'unescape'),
      name: 'thrower',
      find: (context) => {
        if (context.candidates.some((file) => file.fileName.endsWith('bad.js'))) throw new Error('no idea');
        return renaming('escape', 'unescape').find(context);
      },
    });
    const result = await runOn({ 'bad.js': 'escape();\n', 'good.js': 'escape();\n' }, { transforms: [thrower] });
    expect(changed(result)).toEqual({ 'good.js': 'unescape();\n' });
    expect(failed(result)).toMatchObject([
      { path: 'bad.js', error: expect.stringContaining('no idea') as unknown, stack: expect.any(String) as unknown },
    ]);
  });

  test('reports a syntax error in a candidate, and does the other files', async () => {
    const result = await runOn(
      { 'bad.js': 'escape(;\n', 'good.js': 'escape();\n', 'other.js': 'unescape(;' },
      { transforms: [renaming('escape', 'unescape')] },
    );
    expect(changed(result)).toEqual({ 'good.js': 'unescape();\n' });
    expect(failed(result)).toMatchObject([{ path: 'bad.js', error: `cannot be parsed: line 1, column 8: ')' expected.` }]);
  });

  test('looks for sites only in what is selected', async () => {
    const result = await runOn(
      { 'src/a.js': 'escape();\n', 'test/a.js': 'escape();\n' },
      { transforms: [renaming('escape', 'unescape')], paths: ['src'] },
    );
    expect(changed(result)).toEqual({ 'src/a.js': 'unescape();\n' });
  });

  test('keeps a byte order mark, line endings, a hashbang and the missing newline at the end', async () => {
    const result = await runOn(
      { 'a.js': '\uFEFF#!/usr/bin/env node\r\nescape();\r\nescape()' },
      { transforms: [renaming('escape', 'unescape')] },
    );
    expect(result.files).toMatchObject([{ status: 'changed', bom: true, after: '#!/usr/bin/env node\r\nunescape();\r\nunescape()' }]);
  });

  test('formats a file that was formatted, and no other', async () => {
    const files = {
      '.prettierrc.json': '{ "singleQuote": true }',
      'formatted.js': "escape('one');\n",
      'own.js': 'escape( "one" )\n',
    };
    const result = await runOn(files, { transforms: [renaming('escape', 'Number  .isNaN')] });
    expect(changed(result)).toEqual({ 'formatted.js': "Number.isNaN('one');\n", 'own.js': 'Number  .isNaN( "one" )\n' });
  });

  test('executes no configuration of the project', async () => {
    const files = {
      'prettier.config.cjs': `require('fs').writeFileSync(__dirname + '/executed', ''); module.exports = {};`,
      'a.js': 'escape();\n',
    };
    const cwd = projectWith(files);
    await run({ cwd, transforms: [renaming('escape', 'Number  .isNaN')] });
    expect(ts.sys.fileExists(path.join(cwd, 'executed'))).toBe(false);
    rmSync(cwd, { recursive: true });
  });

  test('uses defaults and warns when the tsconfig it finds is broken; refuses one that was asked for', async () => {
    const files = { 'tsconfig.json': '{ "compilerOptions": ', 'a.ts': 'escape();\n' };
    const result = await runOn(files, { transforms: [renaming('escape', 'unescape')] });
    expect(changed(result)).toEqual({ 'a.ts': 'unescape();\n' });
    expect(result.warnings).toMatchObject([{ path: 'tsconfig.json', failed: true }]);
    await expect(runOn(files, { transforms: [renaming('escape', 'unescape')], tsconfig: 'tsconfig.json' })).rejects.toThrow(
      'tsconfig.json cannot be used',
    );
    await expect(runOn(files, { transforms: [], tsconfig: 'none.json' })).rejects.toThrow('"none.json" does not exist');
  });

  test('stops when it is told to', async () => {
    const controller = new AbortController();
    const stopping = runOn(
      { 'a.js': 'escape();\n' },
      { transforms: [renaming('escape', 'unescape')], signal: controller.signal, onEvent: () => controller.abort(new Error('stop')) },
    );
    await expect(stopping).rejects.toThrow('stop');
  });

  test('does not depend on what a file held when it was read', async () => {
    const cwd = projectWith({ 'a.js': 'escape();\n' });
    const result = await run({ cwd, transforms: [renaming('escape', 'unescape')] });
    writeFileSync(path.join(cwd, 'a.js'), 'changed\n');
    expect(result.files).toMatchObject([{ before: 'escape();\n', after: 'unescape();\n' }]);
    rmSync(cwd, { recursive: true });
  });
});

describe('suppression', () => {
  test.each([
    ['the next line', '// nodelift-ignore-next-line\nescape();\nescape();\n', 'b'],
    ['a transform by name', '// nodelift-ignore-next-line rename-escape -- we know\nescape();\nescape();\n', 'b'],
    ['over a comment in between', '/* nodelift-ignore-next-line */\n// why\nescape();\nescape();\n', 'b'],
  ])('%s', async (_name, text) => {
    const result = await runOn({ 'a.js': text }, { transforms: [renaming('escape', 'unescape')] });
    expect(changed(result)['a.js']).toBe(text.replace(/escape\(\);\n$/, 'unescape();\n'));
    expect(result.warnings).toEqual([]);
  });

  test('a whole file', async () => {
    const result = await runOn(
      { 'a.js': '/* nodelift-ignore-file rename-escape */\nescape();\n' },
      { transforms: [renaming('escape', 'unescape')] },
    );
    expect(changed(result)).toEqual({});
  });

  test('keeps away what depends on the suppressed fix too', async () => {
    const chained = defineTransform({
      ...renaming('escape', 'unescape'),
      find: (context) => {
        const fixes = [...renaming('escape', 'unescape').find(context)].filter((finding) => finding.kind === 'fix');
        return fixes.map((fix, index) => ({ ...fix, dependsOn: fixes.slice(0, index).map((before) => before.id) }));
      },
    });
    const text = 'escape(1);\n// nodelift-ignore-next-line\nescape(2);\nescape(3);\n';
    const result = await runOn({ 'a.js': text }, { transforms: [chained] });
    expect(changed(result)).toEqual({ 'a.js': text.replace('escape(1)', 'unescape(1)') });
  });

  test('of another transform does not count', async () => {
    const result = await runOn(
      { 'a.js': '// nodelift-ignore-next-line rename-unescape\nescape();\n' },
      { transforms: [renaming('escape', 'unescape')], knownTransforms: ['rename-escape', 'rename-unescape'] },
    );
    expect(Object.keys(changed(result))).toEqual(['a.js']);
    expect(result.warnings).toEqual([]);
  });

  test('in a string is only text', async () => {
    const result = await runOn(
      { 'a.js': 'x(`\n// nodelift-ignore-next-line\n${escape()}`);\n' },
      { transforms: [renaming('escape', 'unescape')] },
    );
    expect(Object.keys(changed(result))).toEqual(['a.js']);
  });

  test('that keeps nothing away is reported', async () => {
    const result = await runOn(
      { 'a.js': 'escape();\n// nodelift-ignore-next-line rename-escape\nother();\n' },
      { transforms: [renaming('escape', 'unescape')] },
    );
    expect(result.warnings).toMatchObject([{ path: 'a.js', start: { line: 2 }, failed: false }]);
  });
});
