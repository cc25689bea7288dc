/** Discovery as tests want to ask for it: without what the machine's own git settings would change. */

import { join } from 'node:path';
import { discover } from '../../engine/discover/index.ts';
import type { Discovery, DiscoverOptions } from '../../engine/discover/index.ts';

export const noGitSettings = { HOME: '/nonexistent', GIT_CONFIG_GLOBAL: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' };

export interface Found extends Discovery {
  /** Paths of the sources, selected or not. */
  readonly paths: readonly string[];
  readonly selectedPaths: readonly string[];
  /** Left out, as `path: rule`. */
  readonly rules: readonly string[];
}

export async function find(root: string, options: Partial<Omit<DiscoverOptions, 'root'>> = {}): Promise<Found> {
  const selected = (options.selected ?? ['']).map((path) => join(root, path));
  const discovery = await discover({ env: noGitSettings, ...options, root, selected });
  return {
    ...discovery,
    paths: discovery.sources.map(({ source }) => source.path),
    selectedPaths: discovery.sources.filter((source) => source.selected).map(({ source }) => source.path),
    rules: discovery.leftOut.map(({ path, rule }) => `${path}: ${rule}`),
  };
}
