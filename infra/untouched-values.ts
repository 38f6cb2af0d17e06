import type { Environment } from './environment.ts'

/** The values of the examples in `environments.ts` that only exist as examples. */
const EXAMPLE =
  /\bexample\.org\b|ckan-?uplink-?example|0123456789abcdef0123456789abcdef|"123456789012"|01234567-89ab-cdef-0123-456789abcdef/u

/** One sentence for each value of an example that the operator has not replaced. */
export function* untouchedValues(name: string, environment: Environment): Iterable<string> {
  for (const [field, value] of Object.entries(environment))
    if (EXAMPLE.test(JSON.stringify(value)))
      yield `${name}: ${field} still has the value of the example: give your own.`
}
