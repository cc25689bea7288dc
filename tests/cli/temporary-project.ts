/** A folder with a git repository in it, for tests that run nodelift on files. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface TemporaryProject {
  readonly folder: string;
  write(files: Readonly<Record<string, string | Buffer>>): void;
  bytes(path: string): string;
  git(args: readonly string[], input?: string): string;
}

export async function inProject<T>(
  files: Readonly<Record<string, string | Buffer>>,
  work: (project: TemporaryProject) => Promise<T>,
): Promise<T> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nodelift-project-')));
  const project: TemporaryProject = {
    folder,
    write(texts) {
      for (const [path, text] of Object.entries(texts)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
      }
    },
    bytes: (path) => readFileSync(join(folder, path), 'latin1'),
    git: (args, input) =>
      execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.org', '-c', 'core.autocrlf=false', ...args], {
        cwd: folder,
        encoding: 'utf8',
        ...(input !== undefined && { input }),
        stdio: ['pipe', 'pipe', 'ignore'],
      }),
  };
  try {
    project.write(files);
    project.git(['init', '-q']);
    project.git(['add', '.']);
    project.git(['commit', '-q', '--allow-empty', '-m', 'Begin']);
    return await work(project);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
