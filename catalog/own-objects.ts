/**
 * Libraries whose objects are their own: what they give to a program is not something that the program put into them. A member
 * of such an object is never a function of the program, as long as nobody assigned it there.
 */

export const librariesWithOwnObjects: ReadonlySet<string> = new Set([
  ...[
    '@koa/router',
    'axios',
    'bcrypt',
    'bcryptjs',
    'better-sqlite3',
    'body-parser',
    'bunyan',
    'chalk',
    'commander',
    'cors',
    'dayjs',
    'debug',
  ],
  ...['express', 'fastify', 'fs-extra', 'glob', 'got', 'graceful-fs', 'handlebars', 'ioredis', 'joi', 'js-yaml', 'jsonwebtoken', 'koa'],
  ...[
    'koa-router',
    'log4js',
    'marked',
    'minimist',
    'mkdirp',
    'moment',
    'mongodb',
    'morgan',
    'mssql',
    'multer',
    'mysql',
    'mysql2',
    'nodemailer',
  ],
  ...[
    'pg',
    'pino',
    'redis',
    'request',
    'rimraf',
    'semver',
    'sharp',
    'sqlite3',
    'superagent',
    'supertest',
    'uuid',
    'winston',
    'ws',
    'xml2js',
  ],
  ...['yaml', 'yargs'],
  // Readers of command lines, parsers, printers.
  ...[
    'acorn',
    'ansi',
    'argparse',
    'cheerio',
    'cli-table',
    'colors',
    'docopt',
    'ejs',
    'elementtree',
    'esprima',
    'inquirer',
    'jsdom',
    'mime',
  ],
  ...['minimatch', 'nopt', 'optimist', 'ora', 'plist', 'progress', 'source-map', 'uglify-js', 'xmlbuilder', 'xmldom'],
]);

/** Where even those give back what they were given: `app.get('store')`, `app.locals.store`, `res.locals`. */
export const givesBack = /\.(?:get|set)\(\)|\.locals\b|\.state\b|\.app\b|\.context\b/;
