/** Which complaints of TypeScript count as the same fault, before and after a fix. */

import { expect, test } from '@jest/globals';
import { ts } from 'ts-morph';
import { faultsIn, gained } from '../../engine/run/diagnostics.ts';

function complaint(messageText: string): ts.Diagnostic {
  return { category: ts.DiagnosticCategory.Error, code: 2339, file: undefined, start: 0, length: 0, messageText };
}

test('the order in which a union is written does not make a new fault', () => {
  const before = faultsIn([complaint("Property 'then' does not exist on type 'Fetch | Promise<any>'.")]);
  const after = faultsIn([complaint("Property 'then' does not exist on type 'Promise<any> | Fetch'.")]);
  expect(gained(before, after)).toBeUndefined();
});

test('a promise where its value was meant is a new fault', () => {
  const before = faultsIn([complaint("Property 'rows' does not exist on type 'Fetch | Result'.")]);
  const after = faultsIn([complaint("Property 'rows' does not exist on type 'Fetch | Promise<Result>'.")]);
  expect(gained(before, after)).toBeDefined();
});
