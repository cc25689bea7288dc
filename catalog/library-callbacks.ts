/**
 * Functions of libraries that take an error-first callback last, and call it once. What a row says was read in the sources of the
 * versions that it names.
 */

import type { CallbackApi, PromiseForm } from './callback-apis.ts';

const bound: PromiseForm = { kind: 'bound' };
const promisified: PromiseForm = { kind: 'promisified' };
const same: PromiseForm = { kind: 'same' };
const receiver: PromiseForm = { kind: 'receiver' };
const none: readonly string[] = [];
const one: readonly string[] = ['value'];

/** Methods of mongodb, its collections, cursors and databases, that give promises without a callback from 2 on, and took one before. */
const mongoMethods = (
  'addUser authenticate close collections command connect count createCollection createIndex distinct drop dropCollection dropDatabase ' +
  'dropIndex ensureIndex explain findAndModify findAndRemove findOne indexExists indexInformation indexes insert isCapped logout ' +
  'mapReduce options remove removeUser rename save stats toArray update'
).split(' ');

const mongoMethodsSince2 = (
  'bulkWrite countDocuments createIndexes deleteMany deleteOne dropIndexes estimatedDocumentCount findOneAndDelete findOneAndReplace ' +
  'findOneAndUpdate hasNext insertMany insertOne listDatabases next ping renameCollection replaceOne serverStatus updateMany updateOne'
).split(' ');

/** Methods of models, documents and queries of mongoose, without those that differ from version to version. */
const mongooseMethods = (
  'aggregate bulkWrite count countDocuments deleteMany deleteOne distinct estimatedDocumentCount exec find findById findByIdAndDelete ' +
  'findByIdAndRemove findByIdAndUpdate findOne findOneAndDelete findOneAndRemove findOneAndReplace findOneAndUpdate insertMany remove ' +
  'replaceOne save update updateMany updateOne validate'
).split(' ');

/** Operations of the services that are used most: `new AWS.S3().getObject(…)`. */
const awsOperations = (
  'assumeRole batchGet batchGetItem batchWrite batchWriteItem copyObject createBucket createPlatformEndpoint createQueue createTable ' +
  'createTopic decrypt delete deleteBucket deleteEndpoint deleteItem deleteMessage deleteMessageBatch deleteObject deleteObjects ' +
  'deleteTable describeInstances describeTable encrypt get getItem getObject getParameter getQueueAttributes getQueueUrl getSecretValue ' +
  'headBucket headObject invoke listBuckets listObjects listObjectsV2 listQueues listTables listTopics publish purgeQueue put putItem ' +
  'putMetricData putObject putRecord putRecords query receiveMessage runInstances scan sendEmail sendMessage sendMessageBatch ' +
  'sendRawEmail sendTemplatedEmail setEndpointAttributes startInstances stopInstances subscribe terminateInstances transactGet ' +
  'transactWrite unsubscribe update updateItem upload'
).split(' ');

export const libraryCallbacks: readonly CallbackApi[] = [
  { module: 'mongodb', since: 1, until: 2, on: 'instance', names: mongoMethods, form: bound, values: one, result: 'first' },
  {
    module: 'mongodb',
    since: 2,
    until: 5,
    on: 'instance',
    names: [...mongoMethods, ...mongoMethodsSince2],
    form: same,
    values: one,
    result: 'first',
  },
  { module: 'mongodb', since: 1, until: 2, on: 'instance', names: ['aggregate'], form: bound, values: one, result: 'first' },
  // With a callback it gives the documents in 2, and a cursor in 3; without one always a cursor.
  {
    module: 'mongodb',
    since: 2,
    until: 3,
    on: 'instance',
    names: ['aggregate'],
    form: { kind: 'behind', call: 'toArray()' },
    values: one,
    result: 'first',
    takes: 2,
  },

  // Models and queries execute on `exec`; what has its name on a document too is called with a callback still.
  { module: 'mongoose', since: 3, until: 4, on: 'instance', names: ['exec'], form: same, values: one, result: 'first' },
  {
    module: 'mongoose',
    since: 3,
    until: 4,
    on: 'instance',
    names: ['count', 'distinct', 'find', 'findById', 'findByIdAndRemove', 'findByIdAndUpdate', 'findOne', 'findOneAndUpdate'],
    form: { kind: 'behind', call: 'exec()' },
    values: one,
    result: 'first',
  },
  {
    module: 'mongoose',
    since: 3,
    until: 4,
    on: 'instance',
    names: ['populate', 'remove', 'save', 'update', 'validate'],
    form: bound,
    values: one,
    result: 'first',
  },
  { module: 'mongoose', since: 4, until: 7, on: 'instance', names: mongooseMethods, form: same, values: one, result: 'first' },
  { module: 'mongoose', since: 4, until: 7, on: 'instance', names: ['create'], form: same, values: one, result: 'first', takes: 2 },
  // Before 6 a document that is to be populated without a callback is given back as it is.
  { module: 'mongoose', since: 4, until: 6, on: 'instance', names: ['populate'], form: bound, values: one, result: 'first' },
  { module: 'mongoose', since: 6, until: 7, on: 'instance', names: ['populate'], form: same, values: one, result: 'first' },

  // Requests have `promise()` from 2.3 on.
  {
    module: 'aws-sdk',
    since: 2,
    sinceMinor: 3,
    on: 'instance',
    names: awsOperations,
    form: { kind: 'behind', call: 'promise()' },
    values: one,
    result: 'first',
  },

  // What is thenable sends the request when it is awaited, and fails as `end` does.
  {
    module: 'superagent',
    since: 2,
    on: 'instance',
    names: ['end'],
    form: receiver,
    values: ['response'],
    result: 'first',
    losesValuesOnError: true,
  },
  {
    module: 'supertest',
    since: 2,
    on: 'instance',
    names: ['end'],
    form: receiver,
    values: ['response'],
    result: 'first',
    losesValuesOnError: true,
  },
  // With one argument it takes an assertion.
  ...[2, 3].map((takes): CallbackApi => ({
    module: 'supertest',
    since: 2,
    on: 'instance',
    names: ['expect'],
    form: same,
    values: ['response'],
    result: 'first',
    takes,
    losesValuesOnError: true,
  })),

  {
    module: 'twit',
    since: 2,
    on: 'instance',
    names: ['delete', 'get', 'post'],
    form: same,
    values: ['data', 'resp'],
    result: 'object',
    losesValuesOnError: true,
  },
  {
    module: 'stripe',
    since: 4,
    on: 'instance',
    names: ['cancel', 'capture', 'create', 'del', 'list', 'pay', 'refund', 'retrieve', 'update'],
    form: same,
    values: one,
    result: 'first',
  },

  // It calls back at once where a request has no files.
  {
    module: 'multer',
    since: 1,
    on: 'made',
    names: ['any', 'array', 'fields', 'none', 'single'],
    form: promisified,
    values: none,
    result: 'first',
    atOnce: true,
  },
  {
    module: 'formidable',
    until: 3,
    on: 'instance',
    names: ['parse'],
    form: bound,
    values: ['fields', 'files'],
    result: 'first',
    losesValuesOnError: true,
  },

  {
    module: 'nedb',
    on: 'instance',
    names: ['count', 'ensureIndex', 'exec', 'find', 'findOne', 'insert', 'loadDatabase', 'remove', 'removeIndex', 'update'],
    form: bound,
    values: one,
    result: 'first',
  },
  ...['level', 'levelup'].flatMap((module): CallbackApi[] => {
    const names = ['batch', 'close', 'del', 'get', 'open', 'put'];
    return [
      { module, until: 2, on: 'instance', names, form: bound, values: one, result: 'first' },
      { module, since: 2, on: 'instance', names, form: same, values: one, result: 'first' },
    ];
  }),

  { module: 'xml2js', on: 'module', names: ['parseString'], form: promisified, values: one, result: 'first', atOnce: true },
  { module: 'xml2js', on: 'instance', names: ['parseString'], form: bound, values: one, result: 'first', atOnce: true },
  { module: 'ejs', since: 2, on: 'module', names: ['renderFile'], form: promisified, values: one, result: 'first', atOnce: true },
  { module: 'gm', on: 'instance', names: ['write'], form: bound, values: none, result: 'first' },
  { module: 'which', until: 2, on: 'self', names: [], form: promisified, values: one, result: 'first' },
  { module: 'which', since: 2, on: 'self', names: [], form: same, values: one, result: 'first' },
  { module: 'nodemailer', until: 2, on: 'instance', names: ['sendMail'], form: bound, values: one, result: 'first' },
  { module: 'pg', since: 7, on: 'instance', names: ['connect'], form: same, values: one, result: 'first' },
];
