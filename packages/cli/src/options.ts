import { type Command, InvalidArgumentError } from 'commander'

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Adds the options that every command has. */
export function common(command: Command): Command {
  return command
    .option('--gateway <url>', 'the address of the gateway')
    .option('--timeout <seconds>', 'how long to wait for the linker or the loader', toCount, 600)
    .option('--json', 'print one JSON object per line', false)
}

/** Parses an option that counts. */
export function toCount(text: string): number {
  if (/^[1-9]\d{0,5}$/u.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a whole number from 1 to 999999.')
}

const UNITS_BYTES: Readonly<Record<string, number>> = { kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }

/** Parses a size such as `500MB` or `2GB` into bytes. */
export function toBytes(text: string): number {
  const [, number = '', unit = ''] = /^([1-9]\d{0,5})([kMGT]B)$/u.exec(text) ?? []
  const unitBytes = UNITS_BYTES[unit]
  if (unitBytes === undefined)
    throw new InvalidArgumentError('Give a number followed by kB, MB, GB or TB, such as 500MB.')
  return Number(number) * unitBytes
}

/** Collects hosts in the form that they have in a parsed URL. */
export function toHosts(text: string, before: readonly string[] = []): readonly string[] {
  const { hostname, href } = URL.parse(`https://${text}`) ?? {}
  if (hostname !== undefined && href === `https://${hostname}/`) return [...before, hostname]
  throw new InvalidArgumentError('Give the name of a host alone, such as files.example.org.')
}

/** Parses a duration such as `90d`, `12h`, `30m` or `10s` into milliseconds. */
export function toMilliseconds(text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,6})([smhd])$/u.exec(text) ?? []
  const unitMs = UNITS_MS[unit]
  if (unitMs === undefined) throw new InvalidArgumentError('Give a number followed by d, h, m or s, such as 90d.')
  return Number(number) * unitMs
}
