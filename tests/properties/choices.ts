/**
 * What a generator decides, read from a list of numbers. fast-check makes the list, and shrinks it: fewer numbers and smaller
 * ones are a smaller program, because a decision beyond the end of the list is 0, and 0 always stands for the simplest.
 */

export class Choices {
  readonly #numbers: ArrayLike<number>;
  #next = 0;

  constructor(numbers: ArrayLike<number>) {
    this.#numbers = numbers;
  }

  /** An integer from 0 up to, and without, `limit`. */
  below(limit: number): number {
    const number = this.#numbers[this.#next] ?? 0;
    this.#next += 1;
    return number % limit;
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }

  /** True in so many of a hundred cases; false when the list is spent. */
  percent(share: number): boolean {
    return this.below(100) >= 100 - share;
  }

  /** One of the alternatives, each as likely as its weight; the first when the list is spent. */
  weighted<T>(alternatives: readonly [readonly [number, T], ...(readonly [number, T])[]]): T {
    let rest = this.below(alternatives.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, value] of alternatives) {
      rest -= weight;
      if (rest < 0) return value;
    }
    return alternatives[0][1];
  }
}
