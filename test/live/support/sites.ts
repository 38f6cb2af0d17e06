import { readSites, type Site } from '../../../scripts/ckan/sites.ts'
import { SITES_VARIABLE } from '../rows.ts'

export type { Site }

/**
 * All running CKANs, in a row of files those of the row. Throws if there is none: a live suite that tests nothing must
 * not pass.
 */
export function liveSites(): readonly Site[] {
  const sites = readSites().filter(({ name }) => isOfRow(name))
  if (sites.length === 0)
    throw new Error(
      'No real CKAN runs: "npm run test:live" brings them up and takes them down, "npm run ckan -- up" only brings them up.',
    )
  return sites
}

/** The CKANs with these names that are in this row of files. Throws if one of them does not run. */
export function liveSitesNamed(...names: readonly Site['name'][]): readonly Site[] {
  return names.filter(isOfRow).map((name) => {
    const site = liveSites().find((candidate) => candidate.name === name)
    if (!site) throw new Error(`CKAN ${name} does not run: bring it up with "npm run ckan -- up".`)
    return site
  })
}

/**
 * For slow files: `.ci/run`, which sets `CI`, runs them on the oldest and the newest CKAN. A run by hand takes all of
 * these.
 */
export function fewerInCi(sites: readonly Site[]): readonly Site[] {
  return process.env['CI'] ? sites.filter(({ name }) => name === '2.10' || name === '2.12') : sites
}

function isOfRow(name: Site['name']): boolean {
  const row = process.env[SITES_VARIABLE]
  return row === undefined || row.split(',').includes(name)
}
