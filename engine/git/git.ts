/**
 * Questions to git. A repository's configuration can name programs for git to run, and it may have come with an archive
 * that somebody unpacked; none of them runs here.
 */

import { spawn } from 'node:child_process';
import { errorCode } from '../errors.ts';

export type GitAnswer =
  | { readonly kind: 'output'; readonly output: string }
  | { readonly kind: 'no-git' }
  | { readonly kind: 'failed'; readonly message: string };

/**
 * @param repository its top level, or a folder in it
 * @param args a command that compares files is asked with {@link askAboutFiles} instead
 */
export function ask(repository: string, args: readonly string[]): Promise<GitAnswer> {
  // No lock on the index that others may want, no watcher and no hook that the repository names, no patterns in file names.
  const options = [
    '--no-optional-locks',
    '--literal-pathspecs',
    '--no-pager',
    '-c',
    'core.fsmonitor=false',
    '-c',
    'core.hooksPath=/dev/null',
    '-C',
    repository,
  ];
  return new Promise((settle) => {
    const child = spawn('git', [...options, ...args], { env: gitEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.on('error', (error) => settle(errorCode(error) === 'ENOENT' ? { kind: 'no-git' } : { kind: 'failed', message: error.message }));
    child.on('close', (code) => {
      if (code === 0) settle({ kind: 'output', output: Buffer.concat(output).toString() });
      else settle({ kind: 'failed', message: firstLine(Buffer.concat(errors).toString()) || `exit code ${code}` });
    });
  });
}

/** To compare a file with what is stored, git runs the filters that the configuration names: these are switched off first. */
export async function askAboutFiles(repository: string, args: readonly string[]): Promise<GitAnswer> {
  const settings = await ask(repository, ['config', '--null', '--name-only', '--get-regexp', '^filter\\..*\\.(clean|smudge|process)$']);
  if (settings.kind === 'no-git') return settings;
  // It fails when there is no such setting; and where the configuration cannot be read, the question itself says so.
  const names = settings.kind === 'output' ? new Set(settings.output.split('\0').filter((name) => name !== '')) : [];
  const off = [...names].flatMap((name) => ['-c', `${name}=`, '-c', `${name.replace(/\.[^.]+$/, '')}.required=false`]);
  return ask(repository, [...off, ...args]);
}

/** Inside a hook these name the repository of the hook, not the one that is asked about. */
const repositoryVariables: readonly string[] = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX', 'GIT_COMMON_DIR'];

function gitEnvironment(): NodeJS.ProcessEnv {
  const variables = Object.entries(process.env).filter(([name]) => !repositoryVariables.includes(name));
  // Of a partial clone, what is missing is not fetched: a question starts no connection.
  return { ...Object.fromEntries(variables), LC_ALL: 'C', GIT_NO_LAZY_FETCH: '1', GIT_TERMINAL_PROMPT: '0' };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.trim() ?? '';
}
