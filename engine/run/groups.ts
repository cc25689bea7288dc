/** Paths that belong together, a group named by the first of them in the order of the alphabet. */

export class Groups {
  readonly #parents = new Map<string, string>();

  of(path: string): string {
    let group = path;
    for (let parent = this.#parents.get(group); parent !== undefined; parent = this.#parents.get(group)) group = parent;
    if (group !== path) this.#parents.set(path, group);
    return group;
  }

  join(one: string, two: string): void {
    const [first = one, second = two] = [this.of(one), this.of(two)].sort();
    if (first !== second) this.#parents.set(second, first);
  }
}
