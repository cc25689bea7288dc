/** A project to be written to, and a look at what is on its disk. */

import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from '../../engine/discover/index.ts';
import { applyWrites } from '../../engine/journal/index.ts';
import type { FileWrite, WriteOptions, WriteOutcome } from '../../engine/journal/index.ts';

/** Every file below a folder with its mode and its bytes in Latin-1, the journal left aside; links by where they lead. */
export function snapshot(root: string, below = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(join(root, below)).sort()) {
    const path = below === '' ? name : `${below}/${name}`;
    const stats = lstatSync(join(root, path));
    if (path === '.nodelift') continue;
    if (stats.isDirectory()) Object.assign(found, snapshot(root, path));
    else if (stats.isSymbolicLink()) found[path] = `-> ${readlinkSync(join(root, path))}`;
    else found[path] = `${(stats.mode & 0o7777).toString(8)} ${readFileSync(join(root, path), 'latin1')}`;
  }
  return found;
}

/** A write of new text to a file, as a run would ask for it that has just read the file. */
export function change(root: string, path: string, after: string): FileWrite {
  const decoded = decode(readFileSync(join(root, path)));
  if (decoded.kind === 'unreadable') throw new Error(`${path} ${decoded.error}`);
  return { path, before: decoded.text, after, bom: decoded.bom };
}

export function write(root: string, texts: Readonly<Record<string, string>>, options?: WriteOptions): Promise<WriteOutcome> {
  return applyWrites(
    root,
    Object.entries(texts).map(([path, after]) => change(root, path, after)),
    options,
  );
}

export function textOf(root: string, path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The numbers of the journals that `undo` can still take back. */
export function journals(root: string): string[] {
  return readdirSync(join(root, '.nodelift/journal')).sort();
}
