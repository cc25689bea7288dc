/**
 * What a scenario records of queries, and how the records of a case's input and output are compared.
 * - `ordinary`: the same before and after
 * - `legitimate`: a value that the text may not have stood, such as O'Brien; afterwards it gives what is expected
 * - `attack`: gave what it should not before, and gives nothing, or an error, afterwards
 */

import assert from 'node:assert/strict';

export function recorder(trace) {
  const result = async (work) => {
    try {
      return { returned: await work() };
    } catch (error) {
      return { threw: error.code ?? error.message };
    }
  };
  return {
    ordinary: async (name, work) => trace('ordinary', name, await result(work)),
    legitimate: async (name, expected, work) => trace('legitimate', name, expected, await result(work)),
    attack: async (name, work) => trace('attack', name, await result(work)),
  };
}

export function judge(before, after) {
  assert.equal(before.exitCode, after.exitCode);
  assert.equal(before.trace.length, after.trace.length);
  const count = { ordinary: 0, legitimate: 0, attack: 0 };
  before.trace.forEach((entry, index) => {
    const now = after.trace[index];
    const [kind, name] = entry;
    assert.ok(kind in count, `the scenario was left: ${JSON.stringify(entry)}`);
    count[kind] += 1;
    if (kind === 'ordinary') {
      assert.equal(text(now), text(entry));
      assert.ok('returned' in entry[2], `${name} did not work before: ${JSON.stringify(entry[2])}`);
    } else if (kind === 'legitimate') {
      assert.equal(text(now[3]), text({ returned: now[2] }), name);
    } else {
      assert.ok(succeeded(entry[2]), `${name} did no harm before: ${JSON.stringify(entry[2])}`);
      assert.ok(!succeeded(now[2]), `${name} still works: ${JSON.stringify(now[2])}`);
    }
  });
  assert.ok(count.ordinary > 0 && count.attack > 0, 'a scenario has ordinary values and attacks');
}

/** Values of the two processes, compared as they were sent. */
const text = (value) => JSON.stringify(value);

/** An attack got something. */
function succeeded({ returned }) {
  return Array.isArray(returned) ? returned.length > 0 : returned !== undefined && returned !== null && returned !== 'undefined';
}

/** Names that real people and things have, and that SQL in quotes does not stand. */
export const legitimateNames = ["O'Brien", '100%', 'a\\b', 'say "hi"', '😀 emoji', 'semi;colon -- dash', '$1 ?', '‘curly’'];
