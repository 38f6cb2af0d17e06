type LogEntry = Readonly<Record<string, unknown>>

/**
 * Formats a line of the Workers' log for people: outcomes, warnings and errors. `undefined`: people do not need the
 * line.
 */
export function toHumanLine(line: string): string | undefined {
  const fields = parse(line)
  if (fields === undefined) return line
  if (fields['event'] === 'outcome') return outcomeLine(fields)
  if (fields['level'] === 'info') return undefined
  const { level, event, ...facts } = fields
  return `  ! ${String(level)}: ${String(event)} ${JSON.stringify(facts)}`
}

function outcomeLine({ outcome, key, ...fields }: LogEntry): string | undefined {
  const what = typeof key === 'string' ? key : 'a message'
  switch (outcome) {
    case 'linked':
      return `  ✓ linked      ${what}\n                ${String(fields['url'])}`
    case 'superseded':
      return `  · superseded  ${what} by ${String(fields['by'])}`
    case 'waiting':
      return `  … waiting     ${what}: ${String(fields['reason'])}`
    case 'ignored':
      return `  · ignored     ${what}: ${String(fields['reason'])}`
    case 'retry':
      return `  … again       ${what} in ${String(fields['afterSeconds'])} s: ${String(fields['cause'])}`
    case 'parked':
      return `  ✗ parked      ${what}: ${String(fields['reason'])}`
    default:
      return undefined
  }
}

function parse(line: string): LogEntry | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}
