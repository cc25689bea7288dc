/** Why an `await` would be unsafe: code that used to run at once would wait. */

import { ts } from 'ts-morph';
import type { Reason } from '../../engine/finding.ts';
import { lineOnDisk } from '../../engine/program/place.ts';
import type { Program } from '../../engine/program/program.ts';
import { shortText } from './draft.ts';

export function waits(program: Program, promise: ts.Node, follower: ts.Node): Reason {
  // Of a block, such as that of `finally`, the statement in it.
  const shown = (ts.isBlock(follower) ? follower.statements.at(0) : undefined) ?? follower;
  const line = lineOnDisk(program, shown);
  const isLoop = promise.pos >= follower.pos && promise.end <= follower.end;
  const what = isLoop ? `the next turn of the loop in line ${line}` : `\`${firstLine(shown)}\` in line ${line}`;
  return {
    code: 'control-flow',
    message: `Behind an await, ${what} runs only when \`${shortText(promise)}\` has ended; now it does not wait.`,
    help: 'Apply it with --unsafe if the await was forgotten; if nobody is to wait, add a `.catch()`, or `void` in front.',
  };
}

function firstLine(node: ts.Node): string {
  const text = node.getText().split(/\r?\n/, 1)[0] ?? '';
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}
