/** Lists the files of a project that may be sources, and what was left out on the way. */

import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { describeSystemError, errorCode } from '../errors.ts';
import type { LeftOut, LeftOutRule } from '../result.ts';
import type { DiscoverOptions, ReadFailure } from './discovery.ts';
import { parsePatterns } from './gitignore.ts';
import { findIgnoring, startIgnores, withGitignore } from './ignore-layers.ts';
import type { Ignores } from './ignore-layers.ts';
import { isFolder } from './is-folder.ts';
import { isBookkeeping, isMinifiedName, isSourceName, leftOutFolder, mayBeScript, scriptFolders } from './names.ts';
import { packageScripts } from './package-scripts.ts';
import { isInside } from './root.ts';

/** A file to be read. All paths here are relative to the root, with forward slashes. */
export interface FoundFile {
  readonly path: string;
  /** Named by a person: what its content looks like does not leave it out. */
  readonly named: boolean;
}

export type WalkOptions = Required<Pick<DiscoverOptions, 'root' | 'selected' | 'ignore' | 'gitignore' | 'env'>>;

/** A folder to be listed; its path has a slash at the end, and is `''` for the root. */
interface Folder {
  readonly path: string;
  readonly ignores: Ignores;
}

const nothingIgnored: Ignores = { ignoreCase: false, nearest: undefined };

/**
 * Walks the whole root, and then what a person named and the rules left out: from there on only the rules below it apply.
 * Symbolic links are never followed; what they lead to inside the root is found at its own path.
 */
export class Walk {
  readonly files = new Map<string, FoundFile>();
  readonly leftOut = new Map<string, LeftOut>();
  readonly failures: ReadFailure[] = [];
  readonly entered = new Set<string>();
  readonly pending: Folder[] = [];
  readonly #options: WalkOptions;
  /** Parents before what is in them. */
  readonly #named: readonly string[];
  readonly #isNamed: ReadonlySet<string>;
  readonly #ignoreOption: Ignores;
  readonly #packageScripts = new Set<string>();

  constructor(options: WalkOptions) {
    this.#options = options;
    this.#named = options.selected.map((path) => relative(options.root, path).split(sep).join('/')).sort((a, b) => a.length - b.length);
    this.#isNamed = new Set(this.#named);
    const patterns = parsePatterns(options.ignore.join('\n'), false);
    this.#ignoreOption = { ignoreCase: false, nearest: { base: '', name: '--ignore', patterns, outer: undefined } };
  }

  /** @param pause awaited after each folder */
  async run(pause: () => Promise<void> | undefined): Promise<void> {
    const { root, gitignore, env } = this.#options;
    this.pending.push({ path: '', ignores: gitignore ? startIgnores(root, '', env) : nothingIgnored });
    await this.#listPending(pause);
    for (const path of this.#named) {
      this.#takeNamed(path);
      await this.#listPending(pause);
    }
  }

  isSelected(path: string): boolean {
    for (let way = path; ; way = posix.dirname(way)) {
      if (this.#isNamed.has(way === '.' ? '' : way)) return true;
      if (way === '.') return false;
    }
  }

  async #listPending(pause: () => Promise<void> | undefined): Promise<void> {
    for (let folder = this.pending.pop(); folder !== undefined; folder = this.pending.pop()) {
      this.#list(folder);
      await pause();
    }
  }

  #list(folder: Folder): void {
    this.entered.add(folder.path);
    let entries: Dirent[];
    try {
      entries = readdirSync(join(this.#options.root, folder.path), { withFileTypes: true });
    } catch (error) {
      const gone = errorCode(error) === 'ENOENT';
      this.#fail('folder', folder.path, gone ? 'was deleted while it was read' : `cannot be read: ${describeSystemError(error)}`);
      return;
    }
    const names = new Set(entries.map((entry) => entry.name));
    const isPackage = names.has('package.json') || names.has('.git');
    if (names.has('package.json')) this.#notePackageScripts(folder.path);
    const ignores = this.#ignoresIn(folder, entries);
    for (const entry of entries) {
      const path = `${folder.path}${entry.name}`;
      if (entry.isSymbolicLink()) this.#leaveLink(path, ignores);
      else if (entry.isDirectory()) this.#takeFolder(path, ignores, isPackage);
      else if (entry.isFile()) this.#takeFile(path, ignores);
    }
  }

  /** A nested repository begins anew, as git sees it; a `.gitignore` comes on top. Git does not read one that is a link. */
  #ignoresIn(folder: Folder, entries: readonly Dirent[]): Ignores {
    const { root, gitignore, env } = this.#options;
    if (!gitignore) return nothingIgnored;
    const isRepository = folder.path !== '' && entries.some((entry) => entry.name === '.git');
    const ignores = isRepository ? startIgnores(root, folder.path, env) : folder.ignores;
    if (!entries.some((entry) => entry.name === '.gitignore' && entry.isFile())) return ignores;
    try {
      return withGitignore(ignores, folder.path, readFileSync(join(root, folder.path, '.gitignore'), 'utf8'));
    } catch (error) {
      this.#fail('file', `${folder.path}.gitignore`, `cannot be read, and its rules were not applied: ${describeSystemError(error)}`);
      return ignores;
    }
  }

  #notePackageScripts(folder: string): void {
    try {
      const text = readFileSync(join(this.#options.root, folder, 'package.json'), 'utf8');
      for (const script of packageScripts(text)) this.#packageScripts.add(posix.join(folder, script));
    } catch {
      // Unreadable or gone: then it declares nothing that could be found by it.
    }
  }

  #takeFolder(path: string, ignores: Ignores, parentIsPackage: boolean): void {
    const name = posix.basename(path);
    if (isBookkeeping(name)) return;
    const fact = leftOutFolder(name, { name: posix.basename(posix.dirname(path)), isPackage: parentIsPackage });
    if (fact !== undefined) this.#leave(`${path}/`, fact.rule, fact.detail);
    else if (!this.#leaveIgnored(path, ignores, true)) this.pending.push({ path: `${path}/`, ignores });
  }

  #takeFile(path: string, ignores: Ignores): void {
    const name = posix.basename(path);
    if (!isSourceName(name)) {
      const wanted = mayBeScript(name) && (scriptFolders.has(posix.basename(posix.dirname(path))) || this.#packageScripts.has(path));
      if (!wanted || findIgnoring(ignores, path, false) !== undefined || findIgnoring(this.#ignoreOption, path, false) !== undefined)
        return;
    } else {
      if (this.#leaveIgnored(path, ignores, false)) return;
      if (isMinifiedName(name) && !this.#isNamed.has(path)) {
        this.#leave(path, 'minified', 'its name says so');
        return;
      }
    }
    this.files.set(path, { path, named: this.#isNamed.has(path) });
  }

  #leaveLink(path: string, ignores: Ignores): void {
    const { root } = this.#options;
    let target: string | undefined;
    try {
      target = realpathSync.native(join(root, path));
    } catch {
      // It leads nowhere, or in a circle.
    }
    if (!isSourceName(path) && (target === undefined || !isFolder(target))) return;
    if (this.#leaveIgnored(path, ignores, false)) return;
    if (target === undefined) this.#leave(path, 'symlink', 'it leads nowhere');
    else if (isInside(root, target)) this.#leave(path, 'symlink', `it leads to ${relative(root, target) || '.'}, which has its own turn`);
    else this.#leave(path, 'symlink', `it leads out of the project, to ${target}`);
  }

  #leaveIgnored(path: string, ignores: Ignores, isFolder: boolean): boolean {
    const listed = isFolder ? `${path}/` : path;
    const asked = findIgnoring(this.#ignoreOption, path, isFolder);
    if (asked !== undefined) this.#leave(listed, 'ignore', asked);
    const ignored = asked === undefined ? findIgnoring(ignores, path, isFolder) : undefined;
    if (ignored !== undefined) this.#leave(listed, 'gitignore', ignored);
    return asked !== undefined || ignored !== undefined;
  }

  /** What a person names is taken whatever the rules say, except for what the same person asks to ignore. */
  #takeNamed(path: string): void {
    if (path === '' || this.files.has(path) || this.entered.has(`${path}/`)) return;
    const namesFolder = isFolder(join(this.#options.root, path));
    const listed = namesFolder ? `${path}/` : path;
    const asked = this.#findAskedToIgnore(path, namesFolder);
    if (asked !== undefined) {
      this.#leave(listed, 'ignore', asked);
      return;
    }
    this.leftOut.delete(listed);
    if (namesFolder) this.pending.push({ path: `${path}/`, ignores: nothingIgnored });
    else if (isSourceName(posix.basename(path)) || mayBeScript(posix.basename(path))) this.files.set(path, { path, named: true });
    else this.#leave(path, 'extension', 'it is not a source file of JavaScript or TypeScript');
  }

  #findAskedToIgnore(path: string, isFolder: boolean): string | undefined {
    const parent = posix.dirname(path);
    const above = parent === '.' ? undefined : this.#findAskedToIgnore(parent, true);
    return above ?? findIgnoring(this.#ignoreOption, path, isFolder);
  }

  #leave(path: string, rule: LeftOutRule, detail: string): void {
    this.leftOut.set(path, { path, rule, detail });
  }

  #fail(kind: ReadFailure['kind'], path: string, error: string): void {
    const shown = path === '' ? '.' : path.replace(/\/$/, '');
    this.failures.push({ kind, path: shown, selected: this.isSelected(shown), error });
  }
}
