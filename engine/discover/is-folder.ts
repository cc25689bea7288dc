import { statSync } from 'node:fs';

/** Is there a folder at the path, as far as we may look? A symbolic link to one counts. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
