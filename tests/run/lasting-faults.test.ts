/** Which faults a file had all along, told by its tree alone. */

import { describe, expect, test } from '@jest/globals';
import { parseFile } from '../../engine/program/host.ts';
import { wasThereBefore } from '../../engine/run/lasting-faults.ts';

const noModule = "Cannot find module 'knex' or its corresponding type declarations.";
const noName = "Cannot find name 'logger'.";

function wasThere(fault: string, count: number, before: string, changed: readonly string[] = []): boolean {
  const others = changed.map((text, index) => parseFile(`/app/other${index}.js`, text));
  return wasThereBefore(fault, count, parseFile('/app/orders.js', before), others);
}

describe('a module that is not found', () => {
  test('was not found before where the file named it as often', () => {
    expect(wasThere(noModule, 1, "const knex = require('knex');")).toBe(true);
    expect(wasThere(noModule, 1, "import knex from 'knex';")).toBe(true);
  });

  test('may be new where the file did not name it, or less often', () => {
    expect(wasThere(noModule, 1, "const pg = require('pg'); // not 'knex'")).toBe(false);
    expect(wasThere(noModule, 2, "const knex = require('knex');")).toBe(false);
  });
});

describe('a name that is not found', () => {
  test('was not found before where nothing declares it and it stood there as often', () => {
    expect(wasThere(noName, 2, "logger.info('one'); logger.info('two');")).toBe(true);
  });

  test('may be new where it is used more often than it was', () => {
    expect(wasThere(noName, 2, "logger.info('one');")).toBe(false);
  });

  test('may be new where it only was the name of a member', () => {
    expect(wasThere(noName, 1, "app.logger.info('one'); configure({ logger: true });")).toBe(false);
  });

  test('may be new where the file declared it, wherever that held', () => {
    expect(wasThere(noName, 1, "function open() { const logger = log(); logger.info('open'); }")).toBe(false);
    expect(wasThere(noName, 1, "const { logger } = require('./log'); logger.info('one');")).toBe(false);
  });

  test('may be new where a script that was changed declared it for all', () => {
    expect(wasThere(noName, 1, "logger.info('one');", ['var logger = console;'])).toBe(false);
  });
});

test('of any other fault the checker has to be asked', () => {
  expect(wasThere("Property 'rows' does not exist on type 'Promise<any>'.", 1, 'result.rows;')).toBe(false);
});
