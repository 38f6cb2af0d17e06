/** Whether the value is a string that matches. The value may not have passed the compiler. */
export function fits(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value)
}
