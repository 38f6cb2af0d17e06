const GLIMPSE_CHARACTERS = 100
/** Deeper levels are left out, so that no nesting exhausts the stack. */
const MAX_LEVELS = 4

/** A glimpse of anything, as JSON where that is short. A message may be a megabyte, or nested thousands of levels deep. */
export function excerpt(value: unknown): string {
  const text = glimpseOf(value, MAX_LEVELS)
  if (text.length <= GLIMPSE_CHARACTERS) return text
  return `${text.slice(0, GLIMPSE_CHARACTERS)}…${typeof value === 'string' ? ` (${value.length} characters)` : ''}`
}

function glimpseOf(value: unknown, levels: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, GLIMPSE_CHARACTERS))
  if (typeof value !== 'object' || value === null) return String(value)
  const [start, end] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  return levels === 0 ? `${start}…${end}` : `${start}${beginningOf(value, levels)}${end}`
}

/** The entries of a list or an object, no more of them than are shown. */
function beginningOf(value: object, levels: number): string {
  let text = ''
  for (const [name, item] of Object.entries(value)) {
    const label = Array.isArray(value) ? '' : `${glimpseOf(name, 1)}:`
    text += `${text === '' ? '' : ','}${label}${glimpseOf(item, levels - 1)}`
    if (text.length > GLIMPSE_CHARACTERS) return text
  }
  return text
}
