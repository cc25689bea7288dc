/** A query that nobody starts. */

import type { Finding } from '../../engine/finding.ts';
import { refusalOf, shortText } from './draft.ts';
import type { Knowledge } from './knowledge.ts';
import type { Site } from './sites.ts';

export function lazy(site: Extract<Site, { kind: 'lazy' }>, known: Knowledge): Finding {
  const text = shortText(site.expression);
  return refusalOf(
    site.expression,
    `\`${text}\` is never run`,
    {
      code: 'control-flow',
      message: `A ${site.what} is no promise: it starts when it is awaited or \`then\` is called, so this statement does nothing, and an await would run what never ran.`,
      help: 'Await it if it is meant to run; delete the statement if not.',
    },
    known,
  );
}
