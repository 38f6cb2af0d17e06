/** Hexadecimal digits of milliseconds since 1970, always as many: keys with them are in the order of the times. */
const DIGITS = 12

export function toTimeDigits(time: Date): string {
  return time.getTime().toString(16).padStart(DIGITS, '0')
}

export function fromTimeDigits(digits: string): Date {
  return new Date(Number.parseInt(digits, 16))
}
