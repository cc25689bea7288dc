import { describe, expect, test } from '@jest/globals';
import { findingOf, oneFix, resultOf, say } from '../fake-world.ts';
import { inBusyProject } from './busy-project.ts';

const refusal = findingOf({
  status: 'refused',
  id: 'r',
  path: 'lib/50%, a:b.js',
  title: '`readFileSync` blocks the event loop',
  reason: { code: 'barrier', message: 'It is called by\na constructor.', help: 'Use a factory.' },
});

describe('--format github', () => {
  test('annotates each site; what is worst comes first', async () => {
    const findings = [
      refusal,
      findingOf({ fix: 'f1' }),
      findingOf({
        fix: 'f2',
        id: 'q',
        transform: 'parameterize-sql',
        title: 'SQL',
        weakness: { cwe: 'CWE-89', severity: 'high' },
        end: { line: 5, column: 2 },
      }),
    ];
    const { stdout } = await say({ args: ['--format', 'github'], result: oneFix({ findings }) });
    expect(stdout.split('\n')).toEqual([
      '::error file=server.js,line=3,endLine=5,title=parameterize-sql (CWE-89)::SQL%0Anodelift can fix this: nodelift server.js -t parameterize-sql --write',
      '::warning file=server.js,line=3,endLine=3,col=18,endColumn=40,title=sync-to-promises::Await `readFile` instead of `readFileSync`%0Anodelift can fix this: nodelift server.js -t sync-to-promises --write',
      '::notice file=lib/50%25%2C a%3Ab.js,line=3,endLine=3,col=18,endColumn=40,title=sync-to-promises::`readFileSync` blocks the event loop%0Abarrier: It is called by%0Aa constructor.%0AUse a factory.',
      '',
    ]);
  });

  test('tells of files that failed, and nothing of what was written', async () => {
    await inBusyProject(async (_, nodelift) => {
      const { stdout } = await nodelift('--write', '--format', 'github');
      expect(stdout).toMatch(/^::error file=broken\.js,title=nodelift::cannot be parsed/);
      expect(stdout).not.toContain('can fix this: nodelift');
      expect(
        stdout
          .trimEnd()
          .split('\n')
          .every((line) => /^::(error|warning|notice) /.test(line)),
      ).toBe(true);
    });
  });
});

describe('--format markdown', () => {
  test('describes a pull request', async () => {
    const findings = [findingOf({ fix: 'f1', notes: ['A throw now reaches `next`.'], requires: ['make `load` async'] }), refusal];
    const { stdout } = await say({ args: ['--format', 'markdown', '--write'], result: oneFix({ findings }) });
    expect(stdout).toBe(`## Lifts 1 site of legacy Node.js code in 1 file

| transform | sites | fixed | unsafe, held back | left alone |
| --- | ---: | ---: | ---: | --- |
| \`sync-to-promises\` | 2 | 1 | 0 | 1: \`barrier\` 1 |

### Please look at
- [ ] \`server.js:3\` Await \`readFile\` instead of \`readFileSync\`
  - A throw now reaches \`next\`.

<details>
<summary>All fixes</summary>

- \`server.js\`
  - line 3: Await \`readFile\` instead of \`readFileSync\`; make \`load\` async (\`sync-to-promises\`)

</details>

<details>
<summary>Left alone, each with what you could do: 1 site</summary>

- \`lib/50%, a:b.js\`
  - line 3: \`readFileSync\` blocks the event loop
    \`barrier\`: It is called by a constructor.
    What you could do: Use a factory.

</details>

_Made by nodelift; \`nodelift undo\` takes it back._
`);
  });

  test('lets nothing from a source be read as Markdown or HTML', async () => {
    const title = '<img src=x onerror=alert(1)> [a](javascript:b) @everyone #1 **bold** |';
    const { stdout } = await say({
      args: ['--format', 'markdown'],
      result: oneFix({ findings: [findingOf({ fix: 'f1', title, path: 'a`b<i>.js' })] }),
    });
    expect(stdout).toContain('`` a`b<i>.js ``');
    const own = stdout.replace(/`+[^`]*(`[^`]+)*`+/g, '');
    expect(own).not.toMatch(/<img|\]\(|@|\*\*b|(?<!&)#1/);
  });

  test('of a very large migration still fits into a pull request, and counts what does not', async () => {
    const findings = Array.from({ length: 3000 }, (_, index) => findingOf({ id: `${index}`, fix: 'f1', path: `lib/file-${index}.js` }));
    const { stdout } = await say({ args: ['--format', 'markdown'], result: resultOf({ findings }) });
    expect(stdout.length).toBeLessThan(65_536);
    expect(stdout).toMatch(/<\/details>\n\n_… and \d+ more lines, which a pull request has no room for\._\n$/);
  });
});
