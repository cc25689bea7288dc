/** What git knows of a project's files. Nothing is changed, and nothing that the repository names is executed. */

export { listChangedFiles } from './changed.ts';
export type { Changes } from './changed.ts';
export { listDirty } from './dirty.ts';
