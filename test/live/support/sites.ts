import { readSites, type Site } from '../../../scripts/ckan/sites.ts'

export type { Site }

/** All running CKANs. Throws if there is none: a live suite that tests nothing must not pass. */
export function liveSites(): readonly Site[] {
  const sites = readSites()
  if (sites.length === 0)
    throw new Error(
      'No real CKAN runs: "npm run test:live" brings them up and takes them down, "npm run ckan -- up" only brings them up.',
    )
  return sites
}

/** The CKANs with these names. Throws if one of them does not run. */
export function liveSitesNamed(...names: readonly Site['name'][]): readonly Site[] {
  return names.map((name) => {
    const site = liveSites().find((candidate) => candidate.name === name)
    if (!site) throw new Error(`CKAN ${name} does not run: bring it up with "npm run ckan -- up".`)
    return site
  })
}
