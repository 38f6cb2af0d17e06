import { rmSync } from 'node:fs'
import { answers, readAccounts } from './ckan-instance.ts'
import { readJson, writeWhole } from './files.ts'
import { type Instance, instances } from './instances.ts'
import { sitesFile } from './paths.ts'
import { readPorts, siteUrl } from './ports.ts'

/** A running CKAN in `.local/ckan.json`. Its tokens are secrets of this machine. */
export interface Site {
  /** Its name for the functions of `control.ts`: two sites have version 2.11. */
  readonly name: Instance['name']
  readonly version: Instance['version']
  readonly url: string
  /**
   * The id of an organization in which `editor` and `member` have that role. `admin` is a sysadmin, `outsider` has no
   * role.
   */
  readonly organization: string
  /** The id of a dataset of that organization on which `collaborator`, who has no other role, may edit. */
  readonly dataset: string
  readonly tokens: Readonly<Record<'admin' | 'editor' | 'member' | 'outsider' | 'collaborator', string>>
  /** With the DataStore, xloader and its worker. */
  readonly xloader?: true
}

/** The sites that ran after the last `up` or `down`. */
export const readSites = (): readonly Site[] => readJson<readonly Site[]>(sitesFile) ?? []

/** Records the running sites, and removes the file if there is none. */
export const recordSites = async (): Promise<readonly Site[]> => {
  const sites = (await Promise.all(instances.map(siteOf))).filter((site) => site !== undefined)
  if (sites.length > 0) writeWhole(sitesFile, `${JSON.stringify(sites, null, 2)}\n`)
  else forgetSites()
  return sites
}

export const forgetSites = (): void => rmSync(sitesFile, { force: true })

const siteOf = async (instance: Instance): Promise<Site | undefined> => {
  const accounts = readAccounts(instance)
  if (!accounts || !(instance.name in readPorts()) || !(await answers(instance))) return undefined
  const { name, version, plugins } = instance
  const extras = plugins.includes('xloader') ? { xloader: true as const } : {}
  return { name, version, url: siteUrl(name), ...accounts, ...extras }
}
