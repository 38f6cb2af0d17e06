import { readSites, type Site } from '../../../scripts/ckan/sites.ts'

export type { Site }

/** Every real CKAN that runs. Throws when there is none: a live suite that tests nothing must not pass. */
export function liveSites(): readonly Site[] {
  const sites = readSites()
  if (sites.length === 0)
    throw new Error(
      'No real CKAN runs: "npm run test:live" brings them up and takes them down, "npm run ckan -- up" only brings them up.',
    )
  return sites
}

/** The CKANs of these names; throws when one of them doesn't run. */
export function liveSitesNamed(...names: readonly Site['name'][]): readonly Site[] {
  return names.map((name) => {
    const site = liveSites().find((candidate) => candidate.name === name)
    if (!site) throw new Error(`CKAN ${name} does not run: bring it up with "npm run ckan -- up".`)
    return site
  })
}
