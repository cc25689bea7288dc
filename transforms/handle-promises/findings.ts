/** The finding for each kind of site. */

import type { Finding } from '../../engine/finding.ts';
import { droppedArray } from './dropped-array.ts';
import { floating } from './floating.ts';
import { ignored, executor } from './ignored-function.ts';
import { ignoredName } from './ignored-name.ts';
import { iteration } from './iteration.ts';
import type { Knowledge } from './knowledge.ts';
import { returnInTry } from './return-in-try.ts';
import { lazy } from './lazy.ts';
import { serialLoop } from './serial-loop.ts';
import type { Site } from './sites.ts';
import { twoHandlers } from './two-handlers.ts';

export function findingFor(site: Site, known: Knowledge): readonly Finding[] {
  switch (site.kind) {
    case 'floating':
      return [floating(site, known)];
    case 'dropped-array':
      return [droppedArray(site, known)];
    case 'lazy':
      return [lazy(site, known)];
    case 'two-handlers':
      return [twoHandlers(site, known)];
    case 'serial':
      return [serialLoop(site.call, known)];
    case 'return-in-try':
      return returnInTry(site, known);
    case 'executor':
      return [executor(site, known)];
    case 'iteration':
      return [iteration(site, known)];
    case 'ignored':
      return ignored(site, known);
    case 'ignored-name':
      return [ignoredName(site, known)];
  }
}
