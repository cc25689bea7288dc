/**
 * Calls that block the event loop, and what does the same without blocking. A row a call, keyed by the origin of the callee.
 * `tests/catalog/blocking-calls.test.ts` checks the rows of Node's own modules against the running Node.
 */

/** What takes the place of a blocking call: the same arguments, the same result, the same errors. */
export type Twin =
  /** A function of `module` that returns a promise. */
  | { readonly kind: 'promise'; readonly module: string; readonly name: string }
  /** A callback function of `module`, through `util.promisify`; `default` is the module itself. */
  | { readonly kind: 'promisify'; readonly module: string; readonly name: string }
  /** `existsSync(p)`: `access(p).then(() => true, () => false)`. */
  | { readonly kind: 'exists' }
  /** `mkdirp.sync(p)`: the object of the member is the promise function. */
  | { readonly kind: 'object' }
  /** `util.promisify(exec)` and its like, which give an object: what the call gives is its `stdout`. */
  | { readonly kind: 'output'; readonly module: string; readonly name: string }
  /** Nothing gives the same; `why` is a clause, `help` what a person would do. */
  | { readonly kind: 'none'; readonly why: string; readonly help: string };

/** What a call does to the file system, for finding checks that another task could outdate. */
export type FileEffect =
  /** Looks whether, or what, something is there. */
  | 'looks'
  /** Reads what was written. */
  | 'reads'
  /** Creates, replaces or removes what the argument at `target` names. */
  | 'changes';

export interface BlockingCall {
  readonly twin: Twin;
  readonly effect?: FileEffect;
  /** Index of the argument that names what is changed; 0 by default. */
  readonly target?: number;
  /** An option at the call that makes the change harmless when it was made already. */
  readonly harmlessWith?: string;
  /**
   * The code of the failure that says that somebody has done it already. Behind a check of the same path, `if (!existsSync(p)) mkdirSync(p)`,
   * it can only mean that another task came in between.
   */
  readonly doneAlready?: 'EEXIST' | 'ENOENT';
  /** Options with which the twin does not do the same. */
  readonly unlike?: readonly { readonly option: string; readonly value?: boolean; readonly why: string }[];
  /** The first argument may also be a file descriptor, which the twin does not take. */
  readonly takesDescriptor?: boolean;
  readonly minimumArguments?: number;
  /** The npm package whose version must be at least this for the twin. */
  readonly since?: { readonly package: string; readonly major: number };
  /** The twin of older versions. */
  readonly earlier?: Twin;
}

const descriptor: Twin = {
  kind: 'none',
  why: 'it works on a file descriptor, for which `fs.promises` has file handles',
  help: 'Open the file by `fs.promises.open`, and use the methods of the handle it gives.',
};

const process: Twin = {
  kind: 'none',
  why: 'it throws nothing and gives status, signal, output and error of the command together, which nothing in promises does',
  help: 'Await `util.promisify(execFile)` where a command that fails may throw; else `spawn` it, gather its output, and await `once(child, "close")` for status and signal.',
};

const order = { option: 'recursive', value: true, why: 'lists a tree in another order' } as const;

const fileCalls: Readonly<Record<string, Omit<BlockingCall, 'twin'>>> = {
  access: { effect: 'looks' },
  appendFile: { effect: 'changes', takesDescriptor: true },
  chmod: {},
  chown: {},
  copyFile: { effect: 'changes', target: 1 },
  cp: { effect: 'changes', target: 1 },
  lchmod: {},
  lchown: {},
  link: { effect: 'changes', target: 1 },
  lstat: { effect: 'looks', unlike: [{ option: 'throwIfNoEntry', why: 'returns undefined for what is not there' }] },
  lutimes: {},
  mkdir: { effect: 'changes', harmlessWith: 'recursive', doneAlready: 'EEXIST' },
  mkdtemp: {},
  opendir: {},
  readdir: { effect: 'reads', unlike: [order] },
  readFile: { effect: 'reads', takesDescriptor: true },
  readlink: {},
  rename: { effect: 'changes' },
  rm: { effect: 'changes', harmlessWith: 'force', doneAlready: 'ENOENT' },
  rmdir: { effect: 'changes', doneAlready: 'ENOENT' },
  stat: { effect: 'looks', unlike: [{ option: 'throwIfNoEntry', why: 'returns undefined for what is not there' }] },
  statfs: {},
  symlink: { effect: 'changes', target: 1 },
  truncate: { effect: 'changes', takesDescriptor: true },
  unlink: { effect: 'changes', doneAlready: 'ENOENT' },
  utimes: {},
  writeFile: { effect: 'changes', takesDescriptor: true },
};

const descriptorCalls = [
  ...['close', 'fchmod', 'fchown', 'fdatasync', 'fstat', 'fsync', 'ftruncate', 'futimes', 'open', 'read', 'readv', 'write', 'writev'],
];

/** Methods of the file handles of `fs.promises`, by the calls that take a descriptor first; `gives` is what the call gives, of what the method does. */
export const handleMethods: ReadonlyMap<string, { readonly name: string; readonly gives?: 'bytesRead' | 'bytesWritten' }> = new Map([
  ['appendFileSync', { name: 'appendFile' }],
  ['closeSync', { name: 'close' }],
  ['fchmodSync', { name: 'chmod' }],
  ['fchownSync', { name: 'chown' }],
  ['fdatasyncSync', { name: 'datasync' }],
  ['fstatSync', { name: 'stat' }],
  ['fsyncSync', { name: 'sync' }],
  ['ftruncateSync', { name: 'truncate' }],
  ['futimesSync', { name: 'utimes' }],
  ['readFileSync', { name: 'readFile' }],
  ['readSync', { name: 'read', gives: 'bytesRead' }],
  ['readvSync', { name: 'readv', gives: 'bytesRead' }],
  ['writeFileSync', { name: 'writeFile' }],
  ['writeSync', { name: 'write', gives: 'bytesWritten' }],
  ['writevSync', { name: 'writev', gives: 'bytesWritten' }],
]);

const cryptoCalls = ['checkPrime', 'generateKey', 'generateKeyPair', 'generatePrime', 'hkdf', 'pbkdf2', 'randomFill', 'scrypt'];

const zlibCalls = [
  ...['brotliCompress', 'brotliDecompress', 'deflate', 'deflateRaw', 'gunzip', 'gzip', 'inflate', 'inflateRaw', 'unzip'],
  ...['zstdCompress', 'zstdDecompress'],
];

const globbing: Twin = {
  kind: 'none',
  why: 'its asynchronous form gives the paths in another order, or one by one',
  help: 'Await the asynchronous form, and sort where the order matters.',
};

const itself = (module: string): Twin => ({ kind: 'promisify', module, name: 'default' });

function rows(): [string, BlockingCall][] {
  const found: [string, BlockingCall][] = [];
  for (const [name, row] of Object.entries(fileCalls)) {
    found.push([`fs.${name}Sync`, { ...row, twin: { kind: 'promise', module: 'fs/promises', name } }]);
    // `fs.promises` would go past what graceful-fs is there for: waiting when too many files are open.
    found.push([`graceful-fs.${name}Sync`, { ...row, twin: { kind: 'promisify', module: 'graceful-fs', name } }]);
    found.push([
      `fs-extra.${name}Sync`,
      {
        ...row,
        twin: { kind: 'promise', module: 'fs-extra', name },
        since: { package: 'fs-extra', major: 3 },
        earlier: { kind: 'promisify', module: 'fs-extra', name },
      },
    ]);
  }
  // `fs.realpathSync` is Node's own walk, `fs.promises.realpath` the operating system's, with other errors; `fs.realpath` is the twin.
  found.push(['fs.realpathSync', { twin: { kind: 'promisify', module: 'fs', name: 'realpath' } }]);
  found.push(['fs.realpathSync.native', { twin: { kind: 'promise', module: 'fs/promises', name: 'realpath' } }]);
  for (const module of ['fs', 'graceful-fs', 'fs-extra']) {
    found.push([`${module}.existsSync`, { twin: { kind: 'exists' }, effect: 'looks' }]);
    for (const name of descriptorCalls)
      found.push([`${module}.${name}Sync`, { twin: descriptor, ...(name === 'open' && { effect: 'changes' }) }]);
    for (const name of ['globSync', 'mkdtempDisposableSync']) found.push([`${module}.${name}`, { twin: globbing }]);
  }
  for (const name of ['exec', 'execFile'])
    found.push([`child_process.${name}Sync`, { twin: { kind: 'output', module: 'child_process', name } }]);
  found.push(['child_process.spawnSync', { twin: process }]);
  for (const name of [...cryptoCalls, 'argon2']) {
    found.push([`crypto.${name}Sync`, { twin: { kind: 'promisify', module: 'crypto', name } }]);
  }
  for (const name of zlibCalls) found.push([`zlib.${name}Sync`, { twin: { kind: 'promisify', module: 'zlib', name } }]);
  return found;
}

const fsExtraCalls: readonly (readonly [name: string, effect?: FileEffect, target?: number])[] = [
  ['copy', 'changes', 1],
  ['createFile'],
  ['createLink', 'changes', 1],
  ['createSymlink', 'changes', 1],
  ['emptyDir', 'changes'],
  ['emptydir', 'changes'],
  ['ensureDir'],
  ['ensureFile'],
  ['ensureLink', 'changes', 1],
  ['ensureSymlink', 'changes', 1],
  ['mkdirp'],
  ['mkdirs'],
  ['move', 'changes', 1],
  ['outputFile', 'changes'],
  ['outputJSON', 'changes'],
  ['outputJson', 'changes'],
  ['pathExists', 'looks'],
  ['readJSON', 'reads'],
  ['readJson', 'reads'],
  ['remove'],
  ['writeJSON', 'changes'],
  ['writeJson', 'changes'],
];

const libraryRows: [string, BlockingCall][] = [
  ...fsExtraCalls.map(([name, effect, target]): [string, BlockingCall] => [
    `fs-extra.${name}Sync`,
    {
      twin: { kind: 'promise', module: 'fs-extra', name },
      ...(effect !== undefined && { effect }),
      ...(target !== undefined && { target }),
      since: { package: 'fs-extra', major: 3 },
      // The two forms of `copy` and `move` were written apart before that, and differ in what they do with links and folders.
      ...(!/^(copy|move)$/.test(name) && { earlier: { kind: 'promisify', module: 'fs-extra', name } }),
    },
  ]),
  ...['bcrypt', 'bcryptjs'].flatMap((library): [string, BlockingCall][] => [
    // `bcryptjs.hash` makes no salt of its own.
    [`${library}.hashSync`, { twin: { kind: 'promise', module: library, name: 'hash' }, minimumArguments: 2 }],
    [`${library}.compareSync`, { twin: { kind: 'promise', module: library, name: 'compare' } }],
    [`${library}.genSaltSync`, { twin: { kind: 'promise', module: library, name: 'genSalt' } }],
  ]),
  [
    'jsonfile.readFileSync',
    {
      twin: { kind: 'promise', module: 'jsonfile', name: 'readFile' },
      effect: 'reads',
      since: { package: 'jsonfile', major: 5 },
      earlier: { kind: 'promisify', module: 'jsonfile', name: 'readFile' },
    },
  ],
  [
    'jsonfile.writeFileSync',
    {
      twin: { kind: 'promise', module: 'jsonfile', name: 'writeFile' },
      effect: 'changes',
      since: { package: 'jsonfile', major: 5 },
      earlier: { kind: 'promisify', module: 'jsonfile', name: 'writeFile' },
    },
  ],
  ['mkdirp.sync', { twin: { kind: 'object' }, since: { package: 'mkdirp', major: 1 }, earlier: itself('mkdirp') }],
  ['mkdirp.mkdirpSync', { twin: { kind: 'promise', module: 'mkdirp', name: 'mkdirp' }, since: { package: 'mkdirp', major: 3 } }],
  ['mkdirp.mkdirp.sync', { twin: { kind: 'object' }, since: { package: 'mkdirp', major: 3 } }],
  [
    'rimraf.sync',
    {
      twin: { kind: 'promise', module: 'rimraf', name: 'rimraf' },
      since: { package: 'rimraf', major: 4 },
      earlier: itself('rimraf'),
    },
  ],
  ['rimraf.rimraf.sync', { twin: { kind: 'object' }, since: { package: 'rimraf', major: 4 } }],
  ['rimraf.rimrafSync', { twin: { kind: 'promise', module: 'rimraf', name: 'rimraf' }, since: { package: 'rimraf', major: 4 } }],
  // Up to version 8 both forms sort what they found.
  ['glob.sync', { twin: globbing, effect: 'reads', since: { package: 'glob', major: 9 }, earlier: itself('glob') }],
  ['glob.globSync', { twin: globbing }],
  ['glob.glob.sync', { twin: globbing }],
];

export const blockingCalls: ReadonlyMap<string, BlockingCall> = new Map([...rows(), ...libraryRows]);
