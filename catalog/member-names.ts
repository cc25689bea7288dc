/** Functions that are given an object and the name of one of its members, and call it, or put something in its place. */

import { membersOf, originPattern } from './origin-pattern.ts';

export const takesMemberName = originPattern([
  // https://github.com/kriskowal/q/wiki/API-Reference
  ...membersOf(['q'], ['dispatch', 'get', 'invoke', 'mapply', 'mcall', 'ninvoke', 'nmapply', 'nmcall', 'npost', 'nsend', 'post', 'send']),
  ...membersOf(['lodash', 'underscore'], ['bindAll', 'bindKey', 'invoke', 'invokeMap', 'result']),
  ...membersOf(['sinon**', 'sinon'], ['mock', 'replace', 'spy', 'stub']),
  ...membersOf(['global.jest', 'global.vi', 'vitest.vi'], ['replaceProperty', 'spyOn']),
  'testdouble.replace',
]);
