/** Finds the source files of a project and reads each of them once. */

export type { DiscoveredSource, DiscoverOptions, DiscoverProgress, Discovery, ReadFailure } from './discovery.ts';
