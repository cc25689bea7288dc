/**
 * What generated programs run in: a file system in memory that answers as Node's does, blocking and with promises, and a loader for their modules.
 * `world.test.ts` compares the answers with those of the real file system.
 */

import path from 'node:path';
import util from 'node:util';
import vm from 'node:vm';

const problems = {
  ENOENT: [-2, 'no such file or directory'],
  EEXIST: [-17, 'file already exists'],
  EISDIR: [-21, 'illegal operation on a directory'],
  ENOTDIR: [-20, 'not a directory'],
};

function failure(code, syscall, file, target) {
  const [errno, words] = problems[code];
  const where = (file === undefined ? '' : ` '${file}'`) + (target === undefined ? '' : ` -> '${target}'`);
  const error = new Error(`${code}: ${words}, ${syscall}${where}`);
  return Object.assign(error, { errno, code, syscall }, file !== undefined && { path: file }, target !== undefined && { dest: target });
}

/** A folder is a Set of names, a file a text. */
export class Files {
  #entries = new Map();
  onChange = () => {};

  constructor(tree) {
    this.#entries.set('', new Set());
    for (const [name, content] of Object.entries(tree)) this.#put(name, content === null ? new Set() : content);
  }

  #put(name, entry) {
    const folder = path.posix.dirname(name);
    this.#entries.get(folder === '.' ? '' : folder).add(path.posix.basename(name));
    this.#entries.set(name, entry);
  }

  list() {
    const named = [...this.#entries].filter(([name]) => name !== '').sort(([one], [two]) => (one < two ? -1 : 1));
    return named.map(([name, entry]) => [name, entry instanceof Set ? 'folder' : entry]);
  }

  /** The entry, or the error that Node would give for a path that leads nowhere. */
  #at(name, syscall, target) {
    if (name === '') throw failure('ENOENT', syscall, name, target);
    this.#parent(name, syscall, target);
    const entry = this.#entries.get(name.replace(/\/$/, ''));
    if (entry === undefined) throw failure('ENOENT', syscall, name, target);
    return entry;
  }

  #parent(name, syscall, target) {
    const parts = name.split('/').slice(0, -1);
    for (let length = 1; length <= parts.length; length += 1) {
      const entry = this.#entries.get(parts.slice(0, length).join('/'));
      if (entry === undefined) throw failure('ENOENT', syscall, name, target);
      if (!(entry instanceof Set)) throw failure('ENOTDIR', syscall, name, target);
    }
  }

  #changed(...what) {
    this.onChange(...what.map(String));
  }

  readFile(name, options) {
    const entry = this.#at(name, 'open');
    if (entry instanceof Set) throw failure('EISDIR', 'read');
    const encoding = typeof options === 'string' ? options : options?.encoding;
    return encoding === undefined ? Buffer.from(entry) : entry;
  }

  #write(name, text) {
    if (name === '') throw failure('ENOENT', 'open', name);
    this.#parent(name, 'open');
    if (this.#entries.get(name) instanceof Set) throw failure('EISDIR', 'open', name);
    this.#put(name, text);
  }

  writeFile(name, text) {
    this.#write(name, String(text));
    this.#changed('write', name, text);
  }

  appendFile(name, text) {
    this.#write(name, (this.#entries.get(name) ?? '') + String(text));
    this.#changed('append', name, text);
  }

  unlink(name) {
    const entry = this.#at(name, 'unlink');
    if (entry instanceof Set) throw failure('EISDIR', 'unlink', name);
    this.#entries.delete(name);
    const folder = path.posix.dirname(name);
    this.#entries.get(folder === '.' ? '' : folder).delete(path.posix.basename(name));
    this.#changed('unlink', name);
  }

  mkdir(name, options) {
    if (name === '') throw failure('ENOENT', 'mkdir', name);
    const recursive = options?.recursive === true;
    if (this.#entries.has(name)) {
      if (recursive && this.#entries.get(name) instanceof Set) return undefined;
      throw failure('EEXIST', 'mkdir', name);
    }
    const folder = path.posix.dirname(name);
    const first = recursive && !this.#entries.has(folder) && folder !== '.' ? this.mkdir(folder, options) : undefined;
    this.#parent(name, 'mkdir');
    this.#put(name, new Set());
    this.#changed('mkdir', name);
    return recursive ? (first ?? name) : undefined;
  }

  stat(name) {
    const entry = this.#at(name, 'stat');
    const folder = entry instanceof Set;
    return { size: folder ? 4096 : Buffer.byteLength(entry), isFile: () => !folder, isDirectory: () => folder };
  }

  access(name) {
    this.#at(name, 'access');
  }

  readdir(name) {
    const entry = this.#at(name, 'scandir');
    if (!(entry instanceof Set)) throw failure('ENOTDIR', 'scandir', name);
    return [...entry].sort();
  }

  copyFile(name, target) {
    const entry = this.#at(name, 'copyfile', target);
    // Linux reads the folder as a file, and says so of the source.
    if (entry instanceof Set) throw failure('EISDIR', 'copyfile', name, target);
    this.#put(target, entry);
    this.#changed('copy', name, target);
  }
}

const operations = ['readFile', 'writeFile', 'appendFile', 'unlink', 'mkdir', 'stat', 'access', 'readdir', 'copyFile'];

/** More effects than a program of this size has by itself. */
const limit = 3000;

/** One program's surroundings. What happens goes into `trace`. */
export class World {
  trace = [];
  #files;
  #pending = 0;
  #effects = 0;
  #ticks = 7;
  modules;

  constructor(tree) {
    this.#files = new Files(tree);
    this.#files.onChange = (...what) => this.note('change', ...what);
    const fs = this.#fileSystem();
    const zlib = {
      deflateSync: (text) => this.#step(() => deflated(text)),
      deflate: (text, done) => void this.#later(() => deflated(text)).then((value) => done(null, value), done),
    };
    this.modules = { fs, 'fs/promises': fs.promises, zlib, util, path };
  }

  /** Every file with its text, in order. */
  list() {
    return this.#files.list();
  }

  note(...values) {
    this.#step(() => this.trace.push(values.map((value) => (typeof value === 'string' ? value : util.inspect(value)))));
  }

  /** Nothing may be under way when a program says that it is done. */
  get isIdle() {
    return this.#pending === 0;
  }

  #step(work) {
    this.#effects += 1;
    if (this.#effects > limit) throw new Error('too many effects');
    return work();
  }

  /** After a while that is never the same, so that what is not waited for is too late. */
  async #later(work) {
    this.#pending += 1;
    try {
      this.#ticks = (this.#ticks * 75 + 74) % 65537;
      for (let left = 1 + (this.#ticks % 3); left > 0; left -= 1) await undefined;
      if (this.#ticks % 11 === 0) await new Promise((resolve) => setImmediate(resolve));
      return this.#step(work);
    } finally {
      this.#pending -= 1;
    }
  }

  #fileSystem() {
    const fs = { promises: {} };
    for (const name of operations) {
      const operation = (...words) => this.#files[name](...words);
      fs[`${name}Sync`] = (...words) => this.#step(() => operation(...words));
      fs.promises[name] = (...words) => this.#later(() => operation(...words));
      fs[name] = (...words) => {
        const done = words.pop();
        void fs.promises[name](...words).then((value) => done(null, value), done);
      };
    }
    fs.existsSync = (name) => {
      try {
        fs.accessSync(name);
        return true;
      } catch {
        return false;
      }
    };
    return fs;
  }
}

/** Stands in for the compressor; only that the text is in it counts. */
function deflated(text) {
  return Buffer.from(`<${text}>`);
}

/** The exports of the program's entry, loaded afresh. */
export async function load({ files, entry, esm }, world) {
  return esm ? loadModule(files, entry, world) : loadCommonJs(files, entry, world);
}

function builtin(world, specifier) {
  return world.modules[specifier.replace(/^node:/, '')];
}

function loadCommonJs(files, entry, world) {
  const loaded = new Map();
  const require = (specifier) => {
    if (!specifier.startsWith('./')) return builtin(world, specifier);
    const known = loaded.get(specifier);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    loaded.set(specifier, module);
    const wrapper = vm.compileFunction(files[specifier.slice(2)], ['exports', 'require', 'module', 'trace'], { filename: specifier });
    wrapper(module.exports, require, module, (...values) => world.note(...values));
    return module.exports;
  };
  return require(`./${entry}`);
}

async function loadModule(files, entry, world) {
  const loaded = new Map();
  globalThis.trace = (...values) => world.note(...values);
  const make = (specifier) => {
    let module = loaded.get(specifier);
    if (module !== undefined) return module;
    if (specifier.startsWith('./')) {
      module = new vm.SourceTextModule(files[specifier.slice(2)], { identifier: specifier });
    } else {
      const value = builtin(world, specifier);
      const names = [...Object.keys(value), 'default'];
      module = new vm.SyntheticModule(names, () =>
        names.forEach((name) => module.setExport(name, name === 'default' ? value : value[name])),
      );
    }
    loaded.set(specifier, module);
    return module;
  };
  const main = make(`./${entry}`);
  await main.link(make);
  await main.evaluate();
  return main.namespace;
}
