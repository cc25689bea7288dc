/** Milliseconds of wall time by phase, in the order in which the phases began. */
export class Timing {
  readonly #phases = new Map<string, number>();

  async of<T>(phase: string, work: () => T | Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.add(phase, performance.now() - start);
    }
  }

  /** Time that was spent elsewhere, in a thread. */
  add(phase: string, milliseconds: number): void {
    this.#phases.set(phase, (this.#phases.get(phase) ?? 0) + milliseconds);
  }

  get phases(): ReadonlyMap<string, number> {
    return this.#phases;
  }
}
