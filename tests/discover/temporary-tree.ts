/** Real folders for tests, thrown away at the end of each. */

import { afterEach } from '@jest/globals';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const created: string[] = [];

afterEach(() => {
  for (const folder of created.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** An absolute path without symbolic links; a name that ends in a slash makes an empty folder. */
export function makeTree(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = realpathSync.native(mkdtempSync(join(tmpdir(), 'nodelift-test-')));
  created.push(folder);
  for (const [path, content] of Object.entries(files)) {
    if (path.endsWith('/')) {
      mkdirSync(join(folder, path), { recursive: true });
      continue;
    }
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}
