/** Finds the source files of a project and reads each of them once. */

export { decode, encode } from './decode.ts';
export { discover } from './discover.ts';
export type { DiscoveredSource, DiscoverOptions, DiscoverProgress, Discovery, ReadFailure } from './discovery.ts';
export { findRoot, findUpward, isInside } from './root.ts';
export type { Root } from './root.ts';
