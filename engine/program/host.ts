/**
 * The compiler host: project files from memory, declarations from disk. Declaration files of the language and of Node are
 * parsed once in a process and shared by all programs, as the language service's document registry does.
 */

import { getLibFiles, libFolderInMemoryPath } from '@ts-morph/common';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { ts } from 'ts-morph';

const languageVersion: ts.CreateSourceFileOptions = { languageVersion: ts.ScriptTarget.ESNext };
/** The comments of declaration files are for people. */
const withoutComments: ts.CreateSourceFileOptions = { ...languageVersion, jsDocParsingMode: ts.JSDocParsingMode.ParseNone };

/** Declaration files by absolute path. They do not change while a process runs. */
const declarations = new Map<string, ts.SourceFile | undefined>();
let libraries: ReadonlyMap<string, string> | undefined;

/** The project's files, and what a module specifier in them leads to. */
export interface ProjectFiles {
  get(absolute: string): ts.SourceFile | undefined;
  /** The absolute path of the file that is named like a module of a package which `from` does not depend on. */
  rooted(name: string, from: string): string | undefined;
}

export function createHost(root: string, files: ProjectFiles, options: ts.CompilerOptions): ts.CompilerHost {
  const cache = ts.createModuleResolutionCache(root, (name) => name, options);
  const fileExists = (file: string): boolean =>
    files.get(file) !== undefined || libraryText(file) !== undefined || (isDeclarationOrPackage(file) && ts.sys.fileExists(file));
  const host: ts.CompilerHost = {
    getSourceFile: (file) => files.get(file) ?? declarationFile(file),
    getDefaultLibFileName: () => `${libFolderInMemoryPath}/lib.esnext.d.ts`,
    getDefaultLibLocation: () => libFolderInMemoryPath,
    writeFile: () => undefined,
    getCurrentDirectory: () => root,
    getCanonicalFileName: (file) => file,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    fileExists,
    readFile: (file) => libraryText(file) ?? ts.sys.readFile(file),
    resolveModuleNameLiterals: (literals, from) =>
      literals.map((literal) => ({ resolvedModule: resolveModule(literal.text, from, files, options, host, cache) })),
  };
  return host;
}

/** Node's own modules come from ambient declarations; packages only as far as they have types; the rest must be in the project. */
export function resolveModule(
  name: string,
  from: string,
  files: ProjectFiles,
  options: ts.CompilerOptions,
  host: ts.ModuleResolutionHost,
  cache?: ts.ModuleResolutionCache,
): ts.ResolvedModuleFull | undefined {
  if (isBuiltin(name)) return undefined;
  const script = scriptAt(name, from, files);
  if (script !== undefined) return { resolvedFileName: script, extension: ts.Extension.Js };
  const resolved = ts.resolveModuleName(name, from, options, host, cache).resolvedModule;
  if (resolved === undefined) {
    const rooted = files.rooted(name, from);
    return rooted === undefined ? undefined : { resolvedFileName: rooted, extension: path.extname(rooted) };
  }
  const code = codeBeside(resolved.resolvedFileName);
  if (code !== undefined && files.get(code) !== undefined) {
    return { ...resolved, resolvedFileName: code, extension: path.extname(code) };
  }
  return files.get(resolved.resolvedFileName) !== undefined || isDeclaration(resolved.resolvedFileName) ? resolved : undefined;
}

/** `require('../bin/build')` of a script without an extension: Node takes what has that very name before all others. */
function scriptAt(name: string, from: string, files: ProjectFiles): string | undefined {
  if (!/^\.\.?\//.test(name) || /\.[cm]?[jt]sx?$/.test(name)) return undefined;
  const exact = path.resolve(path.dirname(from), name);
  return files.get(exact) === undefined ? undefined : exact;
}

export function parseFile(absolute: string, text: string): ts.SourceFile {
  return ts.createSourceFile(absolute, text, languageVersion, true, scriptKind(absolute));
}

function declarationFile(file: string): ts.SourceFile | undefined {
  if (!declarations.has(file)) {
    const text = libraryText(file) ?? ts.sys.readFile(file);
    declarations.set(file, text === undefined ? undefined : ts.createSourceFile(file, text, withoutComments, false));
  }
  return declarations.get(file);
}

function libraryText(file: string): string | undefined {
  if (!file.startsWith(libFolderInMemoryPath)) return undefined;
  libraries ??= new Map(getLibFiles().map((library) => [library.fileName, library.text]));
  return libraries.get(file.slice(libFolderInMemoryPath.length + 1));
}

/** `store.js` of `store.d.ts`: what Node loads, and where the functions are. */
function codeBeside(file: string): string | undefined {
  const extension = /\.d(\.[cm]?)ts$/.exec(file);
  return extension === null ? undefined : `${file.slice(0, extension.index)}${extension[1] ?? '.'}js`;
}

function isDeclaration(file: string): boolean {
  return /\.d\.[cm]?ts$/.test(file);
}

function isDeclarationOrPackage(file: string): boolean {
  return isDeclaration(file) || file.endsWith('/package.json');
}

/** JSX is legal in `.js` files of many projects; TypeScript reads it there too. */
function scriptKind(file: string): ts.ScriptKind {
  if (/\.[cm]?ts$/.test(file)) return ts.ScriptKind.TS;
  if (file.endsWith('.tsx')) return ts.ScriptKind.TSX;
  if (file.endsWith('.jsx')) return ts.ScriptKind.JSX;
  return ts.ScriptKind.JS;
}
