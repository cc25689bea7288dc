/**
 * Patterns over origin keys, such as `express.Router().get`. `**` stands for any steps, but for none that leads into a callback's
 * parameter: what `app.get` gives to a handler is not an `app`.
 */

export function originPattern(patterns: readonly string[]): RegExp {
  const alternatives = patterns.map((pattern) =>
    pattern
      .split('**')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('(?:(?!\\(cb).)*'),
  );
  return new RegExp(`^(?:${alternatives.join('|')})$`);
}

/** Every receiver with every method: `app.get`, `app.post`, `router.get`… */
export function membersOf(receivers: readonly string[], methods: readonly string[]): string[] {
  return receivers.flatMap((receiver) => methods.map((method) => `${receiver}.${method}`));
}
