/** What git's own files say about ignoring, read as text: no git process is started, and none needs to be installed. */

import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { isFolder } from './is-folder.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface GitSettings {
  /** Absolute path of the person's own pattern file, if one may be there. */
  readonly excludesFile: string | undefined;
  readonly ignoreCase: boolean;
}

/**
 * Reads `core.excludesFile` and `core.ignoreCase` from the system's, the person's and the repository's configuration,
 * the later winning, as git-config(1) says. Included configuration files are not followed.
 *
 * @param repository the `.git` folder, if there is one
 */
export function readGitSettings(repository: string | undefined, env: Environment): GitSettings {
  const home = env.HOME ?? homedir();
  const configHome = env.XDG_CONFIG_HOME ?? '';
  const userFolder = join(configHome === '' ? join(home, '.config') : configHome, 'git');
  const global = env.GIT_CONFIG_GLOBAL;
  const files = [
    env.GIT_CONFIG_NOSYSTEM ? undefined : (env.GIT_CONFIG_SYSTEM ?? '/etc/gitconfig'),
    ...(global === undefined ? [join(userFolder, 'config'), join(home, '.gitconfig')] : [global]),
    repository && join(repository, 'config'),
  ];
  const core = new Map<string, string>();
  for (const file of files) {
    if (file) for (const [key, value] of readCoreSection(readText(file) ?? '')) core.set(key, value);
  }
  const excludesFile = core.get('excludesfile') ?? join(userFolder, 'ignore');
  return {
    excludesFile:
      excludesFile === '' ? undefined : resolve(repository ? join(repository, '..') : home, excludesFile.replace(/^~(?=\/)/, home)),
    ignoreCase: /^(?:true|yes|on|1|)$/i.test(core.get('ignorecase') ?? 'false'),
  };
}

/**
 * The folder where git keeps what is common to all work trees of the repository whose top level is `folder`;
 * `undefined` when it is not the top level of one.
 */
export function findGitFolder(folder: string): string | undefined {
  const dotGit = join(folder, '.git');
  if (isFolder(dotGit)) return dotGit;
  // In a submodule and in a linked work tree, `.git` is a file that names the folder.
  const target = /^gitdir: (.+)$/m.exec(readText(dotGit) ?? '')?.[1];
  if (target === undefined) return undefined;
  const own = resolve(folder, target.trim());
  const common = readText(join(own, 'commondir'));
  return common === undefined ? own : resolve(own, common.trim());
}

/** The text of a file; `undefined` when there is none to be read. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The settings of `[core]`, keys in lower case, unquoted. */
function readCoreSection(text: string): Map<string, string> {
  const settings = new Map<string, string>();
  let section = '';
  for (const line of text.replace(/\\\r?\n/g, '').split(/\r?\n/)) {
    const header = /^\s*\[\s*([^\]]*?)\s*\]\s*/.exec(line);
    if (header !== null) section = (header[1] ?? '').toLowerCase();
    const setting = /^\s*([a-z][a-z0-9-]*)\s*(?:=\s*(.*))?$/i.exec(line.slice(header?.[0].length ?? 0));
    if (section === 'core' && setting !== null) settings.set((setting[1] ?? '').toLowerCase(), unquote(setting[2] ?? ''));
  }
  return settings;
}

/** A value as git reads it: quotes fall away, a comment outside of them ends it, and backslashes escape. */
function unquote(value: string): string {
  const parts = value.match(/"(?:[^"\\]|\\.)*"|\\.|[^"\\#;]|[#;].*/g) ?? [];
  const text = parts
    .filter((part) => !/^[#;]/.test(part))
    .map((part) => (part.startsWith('"') && part.length > 1 ? part.slice(1, -1) : part));
  return text.join('').replace(/\\(.)/g, '$1').trimEnd();
}
