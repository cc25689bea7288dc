import { describe, expect, test } from '@jest/globals';
import picocolors from 'picocolors';
import { reasons } from '../../catalog/reasons.ts';
import { renderMarkdown, sectionOf } from '../../cli/markdown.ts';
import { summaries } from '../../transforms/summaries.ts';
import { say } from './fake-world.ts';

const page = `# Reasons

Why a site was left alone.

## \`barrier\`

A **caller** cannot await; see [the guide](guide.md). This is a long sentence that has to be wrapped somewhere, or it would not fit.

- move the call into an async factory such as \`Server.create()\`, and await it where the server is made
- or pass the value in

### Example

\`\`\`js
class Server {
  # not a heading
}
\`\`\`

## \`escapes\`

Other.
`;

describe('the documentation on a terminal', () => {
  test('is cut to the section of a reason, with the headings under it', () => {
    const section = sectionOf(page, 'barrier') ?? '';
    expect(section.startsWith('A **caller**')).toBe(true);
    expect(section).toContain('### Example');
    expect(section).not.toContain('Other.');
    expect(sectionOf(page, 'no-twin')).toBeUndefined();
  });

  test('has indented code, wrapped paragraphs and no marks', () => {
    const text = renderMarkdown(sectionOf(page, 'barrier') ?? '', 60, picocolors.createColors(false));
    expect(text).toBe(
      [
        'A caller cannot await; see the guide. This is a long',
        'sentence that has to be wrapped somewhere, or it would not',
        'fit.',
        '',
        '- move the call into an async factory such as',
        '  `Server.create()`, and await it where the server is made',
        '- or pass the value in',
        '',
        'Example',
        '',
        '    class Server {',
        '      # not a heading',
        '    }',
        '',
      ].join('\n'),
    );
  });

  test('is coloured where colours are wanted', () => {
    const text = renderMarkdown('## Head\n\nSee `code`.', 60, picocolors.createColors(true));
    expect(text).toBe('\u001b[1mHead\u001b[22m\n\nSee \u001b[36mcode\u001b[39m.\n');
  });
});

test.each([...summaries.map(({ name }) => name), ...Object.keys(reasons)])('nodelift explain %s', async (name) => {
  const { code, stdout, stderr, loaded } = await say({ args: ['explain', name] });
  expect([code, stderr, loaded]).toEqual([0, '', false]);
  expect(stdout.startsWith(`${name}\n\n`)).toBe(true);
  expect(stdout.length).toBeGreaterThan(name.length + 10);
});
