const GLIMPSE_CHARACTERS = 100
/** The excerpt omits deeper levels, so that deep nesting cannot exhaust the stack. */
const MAX_LEVELS = 4

/** The beginning of any value as JSON. A message may have a megabyte, or thousands of nested levels. */
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

/** The first entries of a list or an object. Stops when they fill the excerpt. */
function beginningOf(value: object, levels: number): string {
  let text = ''
  for (const [name, item] of Object.entries(value)) {
    const label = Array.isArray(value) ? '' : `${glimpseOf(name, 1)}:`
    text += `${text === '' ? '' : ','}${label}${glimpseOf(item, levels - 1)}`
    if (text.length > GLIMPSE_CHARACTERS) return text
  }
  return text
}
