/** Whether it is a text of this form. Entries are checked when they are used, and nobody is sure to have run the compiler before. */
export function fits(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value)
}
