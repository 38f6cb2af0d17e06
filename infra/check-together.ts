import { cloudOf, type Environment, type Environments } from './environment.ts'

/** One sentence for each thing that the entry has in common with another entry, and that only one may have. */
export function* sharedThings(environments: Environments, name: string): Iterable<string> {
  const environment = environments[name]
  if (environment === undefined) return
  const mine = ownedBy(name, environment)
  for (const [otherName, other] of Object.entries(environments)) {
    if (otherName === name || other.provider !== environment.provider) continue
    const theirs = ownedBy(otherName, other)
    for (const [field, value] of Object.entries(mine))
      if (theirs[field] === value) yield `${name}: ${field} is also that of ${otherName}, ${value}: give each its own.`
  }
}

function ownedBy(name: string, environment: Environment): Readonly<Record<string, string>> {
  return cloudOf(environment)?.owned(name, environment) ?? {}
}
