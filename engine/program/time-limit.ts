/** A limit on how long something may ask about the program: what loops asks again and again, and is stopped there. */

/** What was asked of the program took too long. */
export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError';
}

/** The clock is looked at once in so many questions. */
const stride = 64;

export class TimeLimit {
  readonly #end: number;
  #asked = 0;

  constructor(seconds: number) {
    this.#end = performance.now() + seconds * 1000;
  }

  /** @throws TimeLimitError when the time is over, and each time thereafter */
  check(): void {
    this.#asked += 1;
    if (this.#asked % stride === 0 && performance.now() > this.#end) {
      this.#asked = -1;
      throw new TimeLimitError('It takes too long.');
    }
  }
}
