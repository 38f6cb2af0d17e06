import { type Command, InvalidArgumentError } from 'commander'

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** What every command takes. */
export function common(command: Command): Command {
  return command
    .option('--gateway <url>', "the gateway's address")
    .option('--timeout <seconds>', 'how long to wait for the linker or the loader', toCount, 600)
    .option('--json', 'print one JSON object a line', false)
}

/** A parser of options. */
export function toCount(text: string): number {
  if (/^[1-9]\d{0,5}$/u.test(text)) return Number(text)
  throw new InvalidArgumentError('It has to be a whole number from 1 on.')
}

/** A parser of options: `90d`, `12h`, `30m` or `10s` in milliseconds. */
export function toMilliseconds(text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,6})([smhd])$/u.exec(text) ?? []
  const unitMs = UNITS_MS[unit]
  if (unitMs === undefined)
    throw new InvalidArgumentError('It has to be a number with d, h, m or s behind it, such as 90d.')
  return Number(number) * unitMs
}
