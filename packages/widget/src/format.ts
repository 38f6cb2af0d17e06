const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** A size in the reader's language, such as `12.3 MB`. */
export function formatSize(bytes: number, language: string): string {
  const power = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3))
  // In English, only the long form has a plural: 2 bytes.
  const unitDisplay = power === 0 ? 'long' : 'short'
  const options = { style: 'unit', unit: UNITS[power] ?? 'byte', unitDisplay } as const
  return format(bytes / 1000 ** power, language, { ...options, maximumFractionDigits: power === 0 ? 0 : 1 })
}

/** A speed, such as `3.1 MB/s`. */
export function formatSpeed(bytesPerSecond: number, language: string): string {
  return `${formatSize(bytesPerSecond, language)}/s`
}

/** A duration that grows coarser with its length, such as `5 min`. */
export function formatTime(seconds: number, language: string): string {
  const [value, unit] =
    seconds < 60
      ? ([Math.max(1, Math.ceil(seconds)), 'second'] as const)
      : seconds < 3600
        ? ([Math.ceil(seconds / 60), 'minute'] as const)
        : ([Math.ceil(seconds / 360) / 10, 'hour'] as const)
  return format(value, language, { style: 'unit', unit, unitDisplay: 'short' })
}

/** A moment such as `27 Nov 2026, 12:30`, in the reader's time zone. */
export function formatMoment(iso: string, language: string): string {
  const options = { dateStyle: 'medium', timeStyle: 'short' } as const
  try {
    return new Intl.DateTimeFormat(language, options).format(new Date(iso))
  } catch {
    return iso
  }
}

export function formatCount(count: number, language: string): string {
  return format(count, language, {})
}

/** The words of an error. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** A page may have a language tag that is none. */
function format(value: number, language: string, options: Intl.NumberFormatOptions): string {
  try {
    return new Intl.NumberFormat(language, options).format(value)
  } catch {
    return new Intl.NumberFormat('en', options).format(value)
  }
}
