/** `nodelift explain <name>`: the page of a transform, or the section of a reason code, from the documentation that is shipped. */

import { existsSync, readFileSync } from 'node:fs';
import { reasons } from '../../catalog/reasons.ts';
import { UsageError } from '../../engine/errors.ts';
import { summaries } from '../../transforms/summaries.ts';
import type { Console } from '../console.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import { renderMarkdown, sectionOf } from '../markdown.ts';
import { didYouMean } from '../nearest.ts';
import { packageFile } from '../package.ts';

export async function explainCommand(subject: string, { colors, width, paged }: Console): Promise<ExitCode> {
  await paged(renderMarkdown(documentationOf(subject), width, colors));
  return exitCodes.done;
}

function documentationOf(subject: string): string {
  const transform = summaries.find(({ name }) => name === subject);
  if (transform) return shippedText(`transforms/${transform.name}/README.md`) ?? `# ${transform.name}\n\n${transform.summary}`;
  if (isReason(subject)) {
    const section = sectionOf(shippedText('docs/reasons.md') ?? '', subject);
    return `# ${subject}\n\n${section ?? reasons[subject]}`;
  }
  const names = [...summaries.map(({ name }) => name), ...Object.keys(reasons)];
  const suggestion = didYouMean(subject, names) || ' "nodelift list" names the transforms; reason codes stand in the report.';
  throw new UsageError(`"${subject}" is neither a transform nor a reason code.${suggestion}`);
}

function isReason(subject: string): subject is keyof typeof reasons {
  return Object.hasOwn(reasons, subject);
}

/** The documentation may be missing from a copy that somebody has trimmed; the one-line summary is always there. */
function shippedText(path: string): string | undefined {
  const file = packageFile(path);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
