import { expect, test } from '@jest/globals';
import { runEvents, transforms, type RunStep } from '../../index.ts';
import { projectWith } from './project.ts';

const source = "const fs = require('fs');\n\nexports.page = async (name) => fs.readFileSync(name, 'utf8');\n";

test('tells how far the run is, and gives its result at the end', async () => {
  const steps: RunStep[] = [];
  for await (const step of runEvents({ cwd: projectWith({ 'page.js': source }), transforms })) steps.push(step);
  expect(steps.slice(0, -1).map(({ kind }) => kind)).toContain('progress');
  expect(steps.at(-1)).toMatchObject({ kind: 'result', result: { files: [{ path: 'page.js', status: 'changed' }] } });
});

test('is aborted by its signal', async () => {
  const controller = new AbortController();
  const read = async (): Promise<void> => {
    for await (const { kind } of runEvents({ cwd: projectWith({ 'page.js': source }), transforms, signal: controller.signal })) {
      expect(kind).not.toBe('result');
      controller.abort(new Error('enough'));
    }
  };
  await expect(read()).rejects.toThrow('enough');
});

test('stops when its reader leaves', async () => {
  let events = 0;
  const options = { cwd: projectWith({ 'page.js': source }), transforms, onEvent: () => void (events += 1) };
  for await (const { kind } of runEvents(options)) {
    expect(kind).toBe('progress');
    break;
  }
  const seen = events;
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(events - seen).toBeLessThanOrEqual(2);
});
