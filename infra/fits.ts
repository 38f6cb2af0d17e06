/** Whether the value is a text of this form. An entry may not have been compiled before its check. */
export function fits(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value)
}
