import { ConfigurationError } from '../errors.ts'

/** Process variables, or the bindings of a Worker. */
export type EnvVars = Readonly<Record<string, unknown>>

/** Collects all faults and reports them together, so that one deployment fixes them all. */
export class SettingsReader {
  readonly #env: EnvVars
  readonly #faults: string[] = []
  readonly #names = new Set<string>()

  constructor(env: EnvVars) {
    this.#env = env
  }

  /** The names of all settings that were read. */
  get names(): readonly string[] {
    return [...this.#names]
  }

  fault(message: string): void {
    this.#faults.push(message)
  }

  /** Throws `ConfigurationError` with every fault found so far. */
  check(): void {
    if (this.#faults.length > 0) throw new ConfigurationError(this.#faults)
  }

  text(name: string, fallback?: string): string {
    const value = this.#read(name) ?? fallback
    if (value === undefined) this.fault(`${name} is missing.`)
    return value ?? ''
  }

  optionalText(name: string): string | undefined {
    return this.#read(name)
  }

  /** An http or https address without query. Slashes at the end are removed. */
  url(name: string): string {
    const value = this.optionalUrl(name)
    if (value === undefined && this.#read(name) === undefined) this.fault(`${name} is missing.`)
    return value ?? ''
  }

  optionalUrl(name: string): string | undefined {
    const value = this.#read(name)
    return value === undefined ? undefined : this.#parseUrl(name, value)
  }

  /** A list of such addresses, separated by commas. */
  urls(name: string): readonly string[] {
    return this.list(name).flatMap((value) => this.#parseUrl(name, value) ?? [])
  }

  #parseUrl(name: string, value: string): string | undefined {
    const url = URL.canParse(value) ? new URL(value) : undefined
    if (url?.username || url?.password)
      this.fault(`${name} contains a user or a password: give the address without them.`)
    else if (url && /^https?:$/u.test(url.protocol) && !/[?#]/u.test(value)) return url.href.replace(/\/+$/u, '')
    else
      this.fault(
        `${name} is ${JSON.stringify(value)}: give an http or https address without query, such as https://data.example.org.`,
      )
    return undefined
  }

  optionalInteger(name: string, range: readonly [number, number]): number | undefined {
    return this.#read(name) === undefined ? undefined : this.integer(name, range[0], range)
  }

  integer(name: string, fallback: number, [least, most]: readonly [number, number]): number {
    const value = this.#read(name) ?? String(fallback)
    const number = /^\d+$/u.test(value) ? Number(value) : Number.NaN
    if (number >= least && number <= most) return number
    this.fault(`${name} is ${JSON.stringify(value)}: give a whole number from ${least} to ${most}.`)
    return fallback
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.#read(name) ?? String(fallback)
    if (value !== 'true' && value !== 'false') this.fault(`${name} is ${JSON.stringify(value)}: give true or false.`)
    return value === 'true'
  }

  choice<const T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.#read(name)
    const choice = choices.find((candidate) => candidate === value)
    if (value !== undefined && choice === undefined)
      this.fault(`${name} is ${JSON.stringify(value)}: give one of ${choices.join(', ')}.`)
    return choice
  }

  /** A comma-separated list. */
  list(name: string): readonly string[] {
    return (this.#read(name) ?? '')
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== '')
  }

  #read(name: string): string | undefined {
    this.#names.add(name)
    const value = this.#env[name]
    // Variables of a Worker may be numbers and booleans.
    const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
    return typeof text === 'string' && text.trim() !== '' ? text.trim() : undefined
  }
}

/** Returns what `read` makes of the variables. Throws `ConfigurationError` with all faults at once. */
export function readFrom<T>(env: EnvVars, read: (reader: SettingsReader) => T): T {
  const reader = new SettingsReader(env)
  const values = read(reader)
  reader.check()
  return values
}

/** The names of all settings that `read` reads. */
export function namesReadBy(read: (reader: SettingsReader) => unknown): readonly string[] {
  const reader = new SettingsReader({})
  read(reader)
  return reader.names
}
