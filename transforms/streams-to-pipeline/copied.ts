/** Pieces of a file that are put to a new place, and the comments that none of them took along. */

import type { ts } from 'ts-morph';
import { commentsIn, placed } from '../../engine/source/layout.ts';
import { slice, type TextEdit } from '../../engine/source/slice.ts';
import type { Range } from '../../engine/text.ts';

export class Copied {
  readonly file: ts.SourceFile;
  readonly #ranges: Range[] = [];

  constructor(file: ts.SourceFile) {
    this.file = file;
  }

  /** The text of the range for a place that is indented by `to`. */
  copy(range: Range, to: string, edits: readonly TextEdit[] = []): string {
    this.#ranges.push(range);
    return slice(this.file, range, to, edits);
  }

  copyNode(node: ts.Node, to: string, edits: readonly TextEdit[] = []): string {
    return this.copy({ start: node.getStart(this.file), end: node.end }, to, edits);
  }

  /** Comments of the nodes that go, the last of which is replaced: what stands above it stays where it is. */
  leftComments(nodes: readonly ts.Node[]): string[] {
    return nodes
      .flatMap((node) => {
        const { start, end } = placed(this.file, node);
        return commentsIn(this.file, { start: node === nodes.at(-1) ? node.getStart(this.file) : start, end });
      })
      .filter((comment) => !this.#ranges.some((range) => comment.pos >= range.start && comment.end <= range.end))
      .map((comment) => this.file.text.slice(comment.pos, comment.end));
  }
}
