/** What can be told of a file or folder by its name alone: a row a fact. */

import type { LeftOutRule } from '../result.ts';

const sourceName = /\.(?:[cm]?[jt]s|[jt]sx)$/;

/** `x.d.ts`, and `x.d.css.ts` for the types of a style sheet: types only, no code. */
const declarationName = /\.d(?:\.[^./]+)?\.[cm]?ts$/;

const minifiedName = /[.-](?:min|packed)\.[cm]?js$/;

export function isSourceName(name: string): boolean {
  return sourceName.test(name) && !declarationName.test(name);
}

export function isMinifiedName(name: string): boolean {
  return minifiedName.test(name);
}

/** A script for Node without an extension, such as the `bin/www` of an Express application, may have such a name. */
export function mayBeScript(name: string): boolean {
  return !name.includes('.');
}

/** Where scripts without an extension are looked for, besides what a package's `bin` names. */
export const scriptFolders: ReadonlySet<string> = new Set(['bin', 'cmd', 'hooks', 'libexec', 'sbin', 'script', 'scripts', 'tools']);

const bookkeeping: ReadonlySet<string> = new Set(['.git', '.hg', '.svn', '.jj', '.nodelift']);

/** Folders of tools that are no part of the program, and not worth counting. */
export function isBookkeeping(name: string): boolean {
  return bookkeeping.has(name);
}

interface FolderFact {
  readonly rule: Extract<LeftOutRule, 'vendored' | 'generated'>;
  readonly detail: string;
}

const installed: FolderFact = { rule: 'vendored', detail: 'a package manager fills this folder' };
const thirdParty: FolderFact = { rule: 'vendored', detail: 'folders of this name hold other people’s code' };
const built: FolderFact = { rule: 'generated', detail: 'a build fills this folder' };

/**
 * Folders that never hold the program's own sources. `build`, `out`, `lib`, `public` and `coverage` are not among them:
 * legacy projects keep sources there, and where they do not, `.gitignore` says so.
 */
const knownFolders: ReadonlyMap<string, FolderFact> = new Map([
  ...['node_modules', 'bower_components', 'jspm_packages', 'web_modules', '.yarn', '.pnpm-store', 'flow-typed'].map(
    (name) => [name, installed] as const,
  ),
  ...['third_party', 'third-party', 'thirdparty'].map((name) => [name, thirdParty] as const),
  ...[
    'dist',
    'lcov-report',
    'storybook-static',
    'cdk.out',
    '.angular',
    '.aws-sam',
    '.cache',
    '.docusaurus',
    '.netlify',
    '.next',
    '.nuxt',
    '.nyc_output',
    '.output',
    '.parcel-cache',
    '.serverless',
    '.svelte-kit',
    '.turbo',
    '.vercel',
    '.webpack',
  ].map((name) => [name, built] as const),
]);

/** Folders of browser assets, where `vendor` means what it says. */
const assetFolders: ReadonlySet<string> = new Set(['assets', 'css', 'javascript', 'javascripts', 'js', 'public', 'static', 'web', 'www']);

const vendorFolders: ReadonlySet<string> = new Set(['vendor', 'vendors']);

/**
 * Why the folder `name` is left out, if it is. A folder `vendor` is, at the top of a package and among browser assets;
 * elsewhere it may be about the vendors of a shop (`controllers/vendor`), and callers in it must be seen.
 */
export function leftOutFolder(name: string, parent: { readonly name: string; readonly isPackage: boolean }): FolderFact | undefined {
  if (vendorFolders.has(name)) return parent.isPackage || assetFolders.has(parent.name) ? thirdParty : undefined;
  return knownFolders.get(name);
}
