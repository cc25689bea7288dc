/** Modules that a scenario gives to a case in place of those that it asks for, and modules in TypeScript. */

import { readFileSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { ts } from 'ts-morph';

/** @param given by the name that `require` is called with */
export function provide(given) {
  const load = Module._load;
  Module._load = function (name, ...rest) {
    return Object.hasOwn(given, name) ? given[name] : load.call(this, name, ...rest);
  };
}

/** The exports of a TypeScript module of the case, compiled to CommonJS. */
export async function loadTypeScript({ path, load }, name) {
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true };
  const { outputText } = ts.transpileModule(readFileSync(path(name), 'utf8'), { compilerOptions });
  const compiled = name.replace(/\.ts$/, '.cjs');
  writeFileSync(path(compiled), outputText);
  return load(compiled);
}
