/** Milliseconds of wall time by phase, in the order in which the phases began. */
export class Timing {
  readonly #phases = new Map<string, number>();

  async of<T>(phase: string, work: () => T | Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.#phases.set(phase, (this.#phases.get(phase) ?? 0) + performance.now() - start);
    }
  }

  get phases(): ReadonlyMap<string, number> {
    return this.#phases;
  }
}
