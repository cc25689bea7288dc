/** A text for a file, null for a folder. */
export type Tree = Readonly<Record<string, string | null>>;

type Functions = Readonly<Record<string, (...words: unknown[]) => unknown>>;

export class World {
  constructor(tree: Tree);
  readonly modules: { readonly fs: Functions & { readonly promises: Functions } };
  list(): readonly (readonly [string, string])[];
}
