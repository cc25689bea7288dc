/** A module before and after streams-to-pipeline, each in a folder of its own, and a script run beside either. */

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../../engine/run.ts';
import { streamsToPipeline } from '../../transforms/streams-to-pipeline/index.ts';

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

export interface RewrittenModule {
  /** The text of the module after the run. */
  readonly text: string;
  readonly run: (variant: 'before' | 'after', script: string, nodeOptions?: readonly string[]) => Promise<Ended>;
  readonly remove: () => void;
}

/** @param files `main.js` is the module; the others stand beside it */
export async function rewrittenModule(files: Readonly<Record<string, string>>, unsafe = false): Promise<RewrittenModule> {
  const workplace = realpathSync(mkdtempSync(path.join(tmpdir(), 'nodelift-streams-')));
  const folders = { before: path.join(workplace, 'before'), after: path.join(workplace, 'after') };
  for (const folder of Object.values(folders)) {
    mkdirSync(path.join(folder, '.git'), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  }
  const { files: results } = await run({ cwd: folders.before, transforms: [streamsToPipeline], unsafe });
  let text = files['main.js'] ?? '';
  for (const file of results) {
    if (file.status !== 'changed') continue;
    writeFileSync(path.join(folders.after, file.path), file.after);
    if (file.path === 'main.js') text = file.after;
  }
  return {
    text,
    run: (variant, script, nodeOptions = []) => {
      const file = path.join(folders[variant], 'script.cjs');
      writeFileSync(file, script);
      return ended([...nodeOptions, file], folders[variant]);
    },
    remove: () => rmSync(workplace, { recursive: true, force: true }),
  };
}

function ended(args: readonly string[], cwd: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
