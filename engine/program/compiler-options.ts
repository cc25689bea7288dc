/**
 * The compiler options under which the program is read: the project's own where it has a tsconfig or jsconfig,
 * loosened so that untyped JavaScript is read too, and Node's types from the project or from nodelift.
 */

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ts } from 'ts-morph';

export interface ProjectConfig {
  readonly options: ts.CompilerOptions;
  /** Set when the config file could not be used; the options are then the defaults. */
  readonly error?: string;
  /** The config file that was used. */
  readonly file?: string;
  /** Modules may be named other than by relative path: through `paths` or `baseUrl`. */
  readonly mapsPaths: boolean;
}

/**
 * @param root absolute folder of the program
 * @param explicit an absolute path that the user named, else the nearest config at the root is taken
 */
export function readProjectConfig(root: string, explicit?: string): ProjectConfig {
  const file = explicit ?? ['tsconfig.json', 'jsconfig.json'].map((name) => path.join(root, name)).find((name) => existsSync(name));
  if (file === undefined) return { options: withNodelift({}, root), mapsPaths: false };
  const { options, error } = parseConfig(file);
  if (error !== undefined) return { options: withNodelift({}, root), error, file, mapsPaths: false };
  return { options: withNodelift(options, root), file, mapsPaths: options.paths !== undefined || 'baseUrl' in options };
}

function parseConfig(file: string): { options: ts.CompilerOptions; error?: string } {
  const read = ts.readConfigFile(file, (name) => readFileSync(name, 'utf8'));
  if (read.error !== undefined) return { options: {}, error: flatten(read.error) };
  // Only the options matter: which files belong to the program is decided by discovery.
  const host: ts.ParseConfigHost = {
    useCaseSensitiveFileNames: true,
    fileExists: existsSync,
    readFile: (name) => readFileSync(name, 'utf8'),
    readDirectory: () => [],
  };
  const parsed = ts.parseJsonConfigFileContent(read.config, host, path.dirname(file), undefined, file);
  // 18002 and 18003: no inputs; the host above lists none on purpose.
  const error = parsed.errors.find(
    (found) => found.category === ts.DiagnosticCategory.Error && found.code !== 18002 && found.code !== 18003,
  );
  return error === undefined ? { options: parsed.options } : { options: {}, error: flatten(error) };
}

function flatten(diagnostic: ts.Diagnostic): string {
  return ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ').split('\n', 1)[0] ?? '';
}

/** `Preserve` with bundler resolution reads `require`, extensionless imports and `index.js` alike, in either module system. */
function withNodelift(options: ts.CompilerOptions, root: string): ts.CompilerOptions {
  const { outDir: _outDir, rootDir: _rootDir, outFile: _outFile, incremental: _incremental, composite: _composite, ...kept } = options;
  return {
    ...kept,
    allowJs: true,
    // Only for the verification of fixes, which compares what is found before and after.
    checkJs: true,
    strict: options.strict ?? false,
    noEmit: true,
    // Scripts such as `bin/www` have no extension.
    allowNonTsExtensions: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ESNext,
    lib: ['lib.esnext.d.ts'],
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    moduleDetection: ts.ModuleDetectionKind.Auto,
    esModuleInterop: true,
    maxNodeModuleJsDepth: 0,
    types: [nodeTypes(root)],
    jsx: options.jsx ?? ts.JsxEmit.Preserve,
  };
}

/** The folder of `@types/node`: the project's own if it is installed, else the one that nodelift brings. */
function nodeTypes(root: string): string {
  for (let folder = root; ; folder = path.dirname(folder)) {
    const own = path.join(folder, 'node_modules/@types/node');
    if (existsSync(path.join(own, 'index.d.ts'))) return own;
    if (folder === path.dirname(folder)) break;
  }
  return path.dirname(createRequire(import.meta.url).resolve('@types/node/package.json'));
}
