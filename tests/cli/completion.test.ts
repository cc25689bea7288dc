/** The printed script, in the bash of this machine: what a person who presses Tab is offered. */

import { beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { formats, optionTable } from '../../cli/option-table.ts';
import { summaries } from '../../transforms/summaries.ts';
import { say } from './fake-world.ts';
import { inProject } from './temporary-project.ts';

const transforms = summaries.map(({ name }) => name);
let script: string;

beforeAll(async () => {
  script = (await say({ args: ['completion', 'bash'] })).stdout;
});

/** As readline calls it: the words up to the cursor, of which the last is being written; "=" is a word of its own. */
function offered(words: readonly string[], cwd = '/'): string[] {
  const call = [
    `COMP_WORDS=(${['nodelift', ...words].map((word) => `'${word}'`).join(' ')})`,
    'COMP_CWORD=$((${#COMP_WORDS[@]} - 1))',
    '_nodelift',
    'for word in "${COMPREPLY[@]}"; do printf "%s\\n" "$word"; done',
  ];
  const stdout = execFileSync('bash', ['--norc', '-u', '-c', [script, ...call].join('\n')], { cwd, encoding: 'utf8' });
  return stdout.split('\n').slice(0, -1);
}

describe('in bash, Tab offers', () => {
  test.each<[words: readonly string[], offer: readonly string[]]>([
    [['comp'], ['completion']],
    [['-t', 'p'], ['parameterize-sql']],
    [['src', '--transform', 'sync-to-promises,p'], ['sync-to-promises,parameterize-sql']],
    [['--skip', ''], transforms],
    [
      ['--format', 's'],
      ['stat', 'sarif'],
    ],
    [['--format', '='], formats],
    [['--format', '=', 'js'], ['json']],
    [
      ['--public-api', ''],
      ['keep', 'change'],
    ],
    [['--check-'], ['--check-timeout']],
    [['list', '--j'], ['--json']],
    [['list', '--wr'], []],
    [['--js'], []],
    [['explain', 'barr'], ['barrier']],
    [['explain', 'parameterize'], ['parameterize-sql']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [
      ['undo', ''],
      ['--quiet', '--no-color', '--verbose', '--help', '-h', '--version'],
    ],
  ])('after nodelift %j: %j', (words, offer) => {
    expect(offered(words)).toEqual(offer);
  });

  test('every option, and each option of a command where it has a meaning', () => {
    const flags = (command: string): string[] =>
      optionTable.flatMap((row) => (row.commands.some((name) => name === command) ? [`--${row.name}`] : []));
    expect(offered(['--'])).toEqual(flags('run'));
    expect(offered(['list', '--'])).toEqual(flags('list'));
  });

  test('commands and files, whatever is in their names, and behind the first word files alone', async () => {
    await inProject({ 'lib/a.js': '', 'list of names.js': '', 'src/b.js': '' }, ({ folder }) => {
      expect(offered(['li'], folder).sort()).toEqual(['lib', 'list', 'list of names.js']);
      expect(offered(['src', 'li'], folder).sort()).toEqual(['lib', 'list of names.js']);
      return Promise.resolve();
    });
  });

  test.each(['--config', '-o', '--ignore'])('files after %s: nothing of ours, and bash takes its own', (option) => {
    expect(offered([option, 'l'])).toEqual([]);
    expect(script).toContain('complete -o filenames -o default -F _nodelift nodelift\n');
  });
});

describe('nodelift completion', () => {
  test.each(['bash', 'zsh', 'fish'])('without a word is for the shell in use: %s', async (shell) => {
    const guessed = await say({ args: ['completion'], env: { SHELL: `/usr/local/bin/${shell}` } });
    const named = await say({ args: ['completion', shell] });
    expect([guessed.code, guessed.stderr, guessed.loaded, guessed.stdout]).toEqual([0, '', false, named.stdout]);
    expect(named.stdout).toMatch(new RegExp(`^# Completion of nodelift for ${shell}\\. In ~/`, 'm'));
    for (const { name } of optionTable) expect(named.stdout).toContain(shell === 'fish' ? `-l ${name} ` : `--${name}`);
  });

  test('knows other shells by name only', async () => {
    const { code, stdout, stderr } = await say({ args: ['completion', 'zs'] });
    expect([code, stdout, stderr]).toEqual([
      2,
      '',
      'error: There is no completion for "zs"; there is for bash, zsh, fish. Did you mean "zsh"?\n',
    ]);
  });
});
