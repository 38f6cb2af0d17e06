/**
 * In Node since 21 and on Workers. TypeScript has no types for it yet:
 * https://github.com/tc39/proposal-json-parse-with-source
 */
interface ExactJson {
  parse(text: string, revive: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown
  rawJSON(text: string): unknown
  isRawJSON(value: unknown): boolean
}

const json: ExactJson = JSON as JSON & ExactJson

/**
 * Parses JSON such that `JSON.stringify` writes every number as it was. A number that JavaScript would write otherwise,
 * such as `1.0` or one of twenty digits, is an object from `JSON.rawJSON`.
 */
export function parseExactly(text: string): unknown {
  return json.parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && source !== String(value) ? json.rawJSON(source) : value,
  )
}

/** Whether a value is a number as `parseExactly` keeps it, and no object of the sender. */
export function isExactNumber(value: unknown): boolean {
  return json.isRawJSON(value)
}
