import { databaseOf, datastoreOf, instanceOf } from '../../../scripts/ckan/instances.ts'
import { query } from '../../../scripts/ckan/postgres.ts'
import type { Site } from './sites.ts'

/**
 * Gives a dataset an invalid name of its own, so that CKAN's validation refuses every later write. It also changes the
 * time: otherwise CKAN trusts its search index, and writes the old name back.
 */
export async function spoilDataset(site: Site, id: string): Promise<void> {
  const change = `name = 'No such name! ${id}', metadata_modified = metadata_modified + interval '1 second'`
  await inPsql(databaseOf(instanceOf(site.name)), `UPDATE package SET ${change} WHERE id = '${id}';`)
}

/** Runs SQL in the DataStore of a site without CKAN. Returns the rows, with `|` between the columns. */
export function inDatastore(site: Site, sql: string): Promise<readonly string[]> {
  return inPsql(datastoreOf(instanceOf(site.name)), sql)
}

async function inPsql(database: string, sql: string): Promise<readonly string[]> {
  const rows = await query(`\\connect ${database}\n${sql}\n`, 'test-live')
  return rows.filter((row) => row !== '')
}
