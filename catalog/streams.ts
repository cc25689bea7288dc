/**
 * What is a stream of Node, and how it behaves where `pipe` and `pipeline` differ. A row a class, a factory or a handler's parameter.
 */

/** Which sides of it a pipeline may use. */
export type StreamSide = 'readable' | 'writable' | 'duplex';

/**
 * Where a failure of the stream's own shows itself:
 * - `emitted`: as an `error` event, which ends the process when nobody listens
 * - `swallowed`: as an `error` event only when somebody listens: HTTP messages whose other end went away
 * - `none`: it has none while it runs
 */
export type StreamFailure = 'emitted' | 'swallowed' | 'none';

export type StreamRole =
  | 'file'
  | 'transform'
  | 'digest'
  /** A digest with a key, which gives nothing to `digest()` any more once it has been ended as a stream. */
  | 'mac'
  | 'request'
  | 'response'
  | 'outgoing-request'
  | 'socket'
  | 'stdio'
  | 'process'
  /** Tells by itself when it is done, later or otherwise than a stream does, which a pipeline takes for a failure. */
  | 'own-end'
  | 'other'
  | 'unknown';

export interface StreamKind {
  /** As messages name it. */
  readonly what: string;
  readonly side: StreamSide;
  readonly role: StreamRole;
  readonly failure: StreamFailure;
  /** The other end may go away before everything was passed on, which is no error to the stream. */
  readonly leaves: boolean;
}

function kind(what: string, side: StreamSide, role: StreamRole, failure: StreamFailure = 'emitted', leaves = false): StreamKind {
  return { what, side, role, failure, leaves };
}

const compressor = kind('a compressor', 'duplex', 'transform', 'none');
const decompressor = kind('a decompressor', 'duplex', 'transform');
const digest = kind('a digest', 'duplex', 'digest', 'none');
const mac = kind('a digest with a key', 'duplex', 'mac', 'none');
const request = kind('an HTTP request', 'readable', 'request', 'swallowed', true);
const response = kind('an HTTP response', 'writable', 'response', 'swallowed', true);
const terminal = kind('a standard stream of the process', 'duplex', 'stdio');
const transform = kind('a transform', 'duplex', 'transform');

/**
 * By the module and the name under which Node's types declare the class. A class that is not here is as the nearest one that it extends.
 * Failures: `http.IncomingMessage._destroy` drops the error when nobody listens; `http.ServerResponse` only closes when the client leaves.
 */
export const streamClasses: Readonly<Record<string, StreamKind>> = {
  'fs.ReadStream': kind('a file', 'readable', 'file'),
  'fs.WriteStream': kind('a file', 'writable', 'file'),
  'zlib.Gzip': compressor,
  'zlib.Deflate': compressor,
  'zlib.DeflateRaw': compressor,
  'zlib.BrotliCompress': compressor,
  'zlib.ZstdCompress': compressor,
  'zlib.Gunzip': decompressor,
  'zlib.Inflate': decompressor,
  'zlib.InflateRaw': decompressor,
  'zlib.Unzip': decompressor,
  'zlib.BrotliDecompress': decompressor,
  'zlib.ZstdDecompress': decompressor,
  'crypto.Hash': digest,
  'crypto.Hmac': mac,
  'crypto.Cipheriv': kind('a cipher', 'duplex', 'transform'),
  'crypto.Decipheriv': kind('a decipher', 'duplex', 'transform'),
  'http.IncomingMessage': request,
  'http.ServerResponse': response,
  'http.ClientRequest': kind('an outgoing HTTP request', 'writable', 'outgoing-request', 'emitted', true),
  'http2.Http2ServerRequest': request,
  'http2.Http2ServerResponse': response,
  'net.Socket': kind('a socket', 'duplex', 'socket', 'emitted', true),
  'tty.ReadStream': terminal,
  'tty.WriteStream': terminal,
  'NodeJS.ReadStream': terminal,
  'NodeJS.WriteStream': terminal,
  'stream.PassThrough': kind('a pass-through', 'duplex', 'transform', 'none'),
  'stream.Transform': transform,
  'stream.Duplex': kind('a duplex stream', 'duplex', 'other'),
  'stream.Readable': kind('a readable stream', 'readable', 'other'),
  'stream.Writable': kind('a writable stream', 'writable', 'other'),
};

/** What makes an instance of a class: for values whose way is known and whose type is not, such as parameters. */
const factories: Readonly<Record<string, readonly string[]>> = {
  'fs.ReadStream': ['fs.createReadStream()'],
  'fs.WriteStream': ['fs.createWriteStream()'],
  'zlib.Gzip': ['zlib.createGzip()'],
  'zlib.Gunzip': ['zlib.createGunzip()'],
  'zlib.Deflate': ['zlib.createDeflate()'],
  'zlib.DeflateRaw': ['zlib.createDeflateRaw()'],
  'zlib.Inflate': ['zlib.createInflate()'],
  'zlib.InflateRaw': ['zlib.createInflateRaw()'],
  'zlib.Unzip': ['zlib.createUnzip()'],
  'zlib.BrotliCompress': ['zlib.createBrotliCompress()'],
  'zlib.BrotliDecompress': ['zlib.createBrotliDecompress()'],
  'crypto.Hash': ['crypto.createHash()'],
  'crypto.Hmac': ['crypto.createHmac()'],
  'crypto.Cipheriv': ['crypto.createCipheriv()', 'crypto.createCipher()'],
  'crypto.Decipheriv': ['crypto.createDecipheriv()', 'crypto.createDecipher()'],
  'http.IncomingMessage': [
    'http.createServer(cb0)',
    'https.createServer(cb0)',
    'http.get(cb0)',
    'https.get(cb0)',
    'http.request(cb0)',
    'https.request(cb0)',
  ],
  'http.ServerResponse': ['http.createServer(cb1)', 'https.createServer(cb1)'],
  'http.ClientRequest': ['http.request()', 'https.request()'],
  'net.Socket': [
    'net.connect()',
    'net.createConnection()',
    'net.Socket.new',
    'tls.connect()',
    'net.createServer(cb0)',
    'tls.createServer(cb0)',
  ],
  'stream.PassThrough': [
    'stream.PassThrough.new',
    'stream.PassThrough()',
    'readable-stream.PassThrough.new',
    'readable-stream.PassThrough()',
  ],
  'stream.Transform': ['stream.Transform.new', 'readable-stream.Transform.new'],
  'stream.Readable': ['stream.Readable.new', 'stream.Readable.from()', 'readable-stream.Readable.new'],
  'stream.Writable': ['stream.Writable.new', 'readable-stream.Writable.new'],
  'stream.Duplex': ['stream.Duplex.new', 'readable-stream.Duplex.new'],
};

function classNamed(name: string): StreamKind {
  const known = streamClasses[name];
  if (known === undefined) throw new Error(`No row for the class ${name}.`);
  return known;
}

const processOutput = kind('the output of a child process', 'readable', 'process');

const processInput = kind('the input of a child process', 'writable', 'process', 'emitted', true);

const sink = kind('a writable stream', 'writable', 'other');
const ownEnd = kind('a parser of forms', 'writable', 'own-end');
const producer = kind('a readable stream', 'readable', 'other');

/** Of libraries that build on Node's own classes, or on `readable-stream`. */
function transformsOf(keys: readonly string[]): Record<string, StreamKind> {
  return Object.fromEntries(keys.map((key) => [key, transform]));
}

/** By origin key: where a value is known although its type is not, or where it behaves otherwise than its type says. */
export const streamOrigins: Readonly<Record<string, StreamKind>> = {
  ...Object.fromEntries(Object.entries(factories).flatMap(([name, keys]) => keys.map((key) => [key, classNamed(name)]))),
  'global.process.stdin': kind('standard input', 'readable', 'stdio'),
  'global.process.stdout': kind('standard output', 'writable', 'stdio'),
  'global.process.stderr': kind('standard error', 'writable', 'stdio'),
  ...Object.fromEntries(
    ['child_process.spawn()', 'cross-spawn()', 'cross-spawn.spawn()', 'execa()', 'win-spawn()'].flatMap((child) => [
      [`${child}.stdout`, processOutput],
      [`${child}.stderr`, processOutput],
      [`${child}.stdin`, processInput],
    ]),
  ),
  'express.Request.new': request,
  'express.Response.new': response,
  ...transformsOf([
    'byline()',
    'byline.createStream()',
    'csv-parse()',
    'csv-parse.parse()',
    'csv-parser()',
    'csv-stringify()',
    'csv-stringify.stringify()',
    'gunzip-maybe()',
    'iconv-lite.decodeStream()',
    'iconv-lite.encodeStream()',
    'ndjson.parse()',
    'ndjson.stringify()',
    'progress-stream()',
    'split2()',
    'stream-transform()',
    'through2()',
    'through2.obj()',
    'through2.ctor()()',
    'through2-filter()',
    'through2-filter.obj()',
    'through2-map()',
    'through2-map.obj()',
    'vinyl-source-stream()',
  ]),
  'concat-stream()': sink,
  // Up to version 0.3 it holds `finish` back, and is destroyed before it tells of it.
  'busboy.new': ownEnd,
  'busboy()': ownEnd,
  // It listens for errors of what is piped to it, and hands them to its callback.
  'bl()': kind('a buffer list', 'duplex', 'own-end'),
  'bl.new': kind('a buffer list', 'duplex', 'own-end'),
  'flush-write-stream()': sink,
  'from2()': producer,
  'from2.obj()': producer,
  'archiver()': producer,
  'archiver.create()': producer,
  'mysql.createConnection().query().stream()': producer,
  'mysql.createPool().query().stream()': producer,
  'pg-query-stream.new': producer,
};

/** A framework whose handlers are given Node's own request and response. */
export interface HandlerStreams {
  readonly framework: string;
  /** Origin keys of what routes are added to. `().route()` of them is meant too. */
  readonly routers: readonly string[];
  readonly methods: readonly string[];
  /** Indices of the parameters; an error handler, of four parameters, has one more before them. */
  readonly request: number;
  readonly response: number;
}

export const handlerStreams: readonly HandlerStreams[] = [
  {
    framework: 'Express',
    routers: ['express()', 'express.Router()', 'express.Router.new'],
    methods: ['all', 'delete', 'get', 'head', 'options', 'patch', 'post', 'put', 'use'],
    request: 0,
    response: 1,
  },
  { framework: 'Connect', routers: ['connect()', 'connect.createServer()'], methods: ['use'], request: 0, response: 1 },
];

/** Functions of libraries that `pipeline` was made after. `composes`: gives one stream for several, which `compose` of Node is to be. */
export const pumpSources: readonly { readonly callee: string; readonly composes: boolean }[] = [
  { callee: 'pump', composes: false },
  { callee: 'mississippi.pipe', composes: false },
  { callee: 'mississippi.pipeline', composes: true },
  { callee: 'pumpify', composes: true },
  { callee: 'pumpify.obj', composes: true },
  { callee: 'multipipe', composes: true },
];

/** What is piped to or from a stream of Node, and of which nothing else is known: an old-style stream, a library's, a response. */
export const unknownStreams: Readonly<Record<StreamSide, StreamKind>> = {
  readable: kind('a stream of unknown kind', 'readable', 'unknown', 'emitted', true),
  writable: kind('a stream of unknown kind', 'writable', 'unknown', 'emitted', true),
  duplex: kind('a stream of unknown kind', 'duplex', 'unknown', 'emitted', true),
};

/** Functions that make one of which only the first call counts. */
export const onceSources: ReadonlySet<string> = new Set(['once', 'onetime', 'call-once', 'lodash.once', 'lodash/once', 'underscore.once']);

/** Events that a stream or a request tells of once at most. */
export const singleEvents: ReadonlySet<string> = new Set(['open', 'ready', 'response', 'connect', 'secureConnect']);

/** Functions that call a function they are given once at most, when they are connected. */
export const connectSources: ReadonlySet<string> = new Set(['net.connect', 'net.createConnection', 'tls.connect']);

/** Functions that give the answer of another server to their last argument, once. */
export const answerSources: ReadonlySet<string> = new Set(['http.get', 'http.request', 'https.get', 'https.request']);

export const handlerRequest = request;
export const handlerResponse = response;
