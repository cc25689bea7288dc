/** Sources of published packages, as npm has them. Nothing of a package is run or installed. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';

/**
 * Fetches a package once and keeps it.
 * @param {string} name `package@version`
 * @param {string} folder where packages are kept
 * @returns {string} the folder with its sources, a project of its own whatever lies above it
 * @throws {Error} when npm or tar fails
 */
export function fetchPackage(name, folder) {
  const target = path.join(folder, name.replaceAll('/', '-'));
  if (existsSync(target)) return target;
  const unpacked = `${target}.partial`;
  rmSync(unpacked, { recursive: true, force: true });
  mkdirSync(unpacked, { recursive: true });
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, name], { encoding: 'utf8' }).trim();
  const tarball = path.join(folder, packed);
  execFileSync('tar', ['xzf', tarball, '-C', unpacked, '--strip-components=1'], { stdio: 'ignore' });
  rmSync(tarball);
  mkdirSync(path.join(unpacked, '.git'), { recursive: true });
  renameSync(unpacked, target);
  return target;
}
