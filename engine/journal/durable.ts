/** Bytes that are on disk, as a whole, when the function returns. */

import { open, readFile, rename, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from '../errors.ts';
import type { Target } from './target.ts';

/** Creates or replaces a file of the journal's own. */
export async function writeDurably(path: string, content: string): Promise<void> {
  const temporary = `${path}.new`;
  await usingFile(temporary, 'w', async (file) => {
    await file.writeFile(content);
    await file.sync();
  });
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/** Makes renames in a folder durable. Some systems cannot open a folder; those need not. */
export async function syncFolder(path: string): Promise<void> {
  try {
    await usingFile(path, 'r', (folder) => folder.sync());
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP'].includes(errorCode(error))) throw error;
  }
}

/** Somebody else changed the file between the first look and the last one. */
export class ChangedMeanwhile extends Error {
  override readonly name = 'ChangedMeanwhile';
}

/** A file that had to be written in place holds neither its old nor its new bytes, because the disk failed in the middle. */
export class TornFile extends Error {
  override readonly name = 'TornFile';
}

export interface Replacement {
  readonly target: Target;
  readonly bytes: Buffer;
  /** Whether the file may be replaced, by what it holds at the last moment. */
  readonly mayReplace: (current: Buffer) => boolean;
  readonly mode: number;
  /** Absolute, in the folder of the target. */
  readonly temporary: string;
  /** Called when the new bytes are on disk, and the file still has the old ones. */
  readonly onPrepared?: () => void;
}

/**
 * Gives a file new bytes, so that whoever reads it, and whatever happens, finds the old ones or the new ones.
 *
 * A new file is written beside it, flushed, given the mode and the owner, and renamed over it. A file with several hard
 * links is written in place instead, since a rename would leave the other names with the old text. That is as good as
 * whole for a process that ends, not for a machine that loses power; the journal has the original.
 *
 * @throws ChangedMeanwhile, with the file as it was; TornFile; errors of the file system, with the file as it was
 */
export async function replaceFile(replacement: Replacement): Promise<void> {
  if (replacement.target.hardLinked) await writeInPlace(replacement);
  else await renameOver(replacement);
}

async function renameOver({ target, bytes, mayReplace, mode, temporary, onPrepared }: Replacement): Promise<void> {
  try {
    await usingFile(temporary, 'wx', async (file) => {
      await file.writeFile(bytes);
      const { uid, gid } = await file.stat();
      if (uid !== target.uid || gid !== target.gid) await keepOwner(file, target);
      await file.chmod(mode & 0o7777);
      await file.sync();
    });
    onPrepared?.();
    if (!mayReplace(await readFile(target.real))) throw new ChangedMeanwhile();
    await rename(temporary, target.real);
  } catch (error) {
    await unlink(temporary).catch(() => undefined); // what was thrown first is what matters
    throw error;
  }
}

/** Only the superuser may give files away; for others the new file is theirs, as with every editor. */
async function keepOwner(file: FileHandle, { uid, gid }: Target): Promise<void> {
  try {
    await file.chown(uid, gid);
  } catch (error) {
    if (errorCode(error) !== 'EPERM') throw error;
  }
}

async function writeInPlace({ target, bytes, mayReplace, mode, onPrepared }: Replacement): Promise<void> {
  await usingFile(target.real, 'r+', async (file) => {
    const current = await file.readFile();
    onPrepared?.();
    if (!mayReplace(current)) throw new ChangedMeanwhile();
    try {
      await overwrite(file, bytes);
    } catch (error) {
      await overwrite(file, current).catch(() => {
        throw new TornFile('', { cause: error });
      });
      throw error;
    }
    if (((await file.stat()).mode & 0o7777) !== (mode & 0o7777)) await file.chmod(mode & 0o7777);
  });
}

async function overwrite(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += (await file.write(bytes, written, bytes.length - written, written)).bytesWritten;
  }
  await file.truncate(bytes.length);
  await file.sync();
}

async function usingFile<T>(path: string, flags: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags, 0o600);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
