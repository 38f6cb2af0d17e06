/** The variable with the names of the CKANs of a row. Without it, tests use all that run. */
export const SITES_VARIABLE = 'LIVE_SITES'

/** Test files that run one after another. */
export interface Row {
  readonly name: string
  readonly include: readonly string[]
  readonly exclude?: readonly string[]
  readonly sites?: string
}

const WITH_CKAN = [
  '*/{ckan,files}.test.ts',
  'ckan/**/*.test.ts',
  'clients/{curl,migrate,migrate-bucket,python}.test.ts',
  'gateway/attack.test.ts',
  'plugin/**/*.test.ts',
]
const OLDER_ONLY = ['ckan/{loader,scan-gate}.test.ts', 'clients/migrate-bucket.test.ts']
const NEWER_ONLY = [
  '*/files.test.ts',
  'ckan/{file-scan,files-owned,files-road,filestore,token-header}.test.ts',
  'gateway/attack.test.ts',
]
/** They stop Solr, which all CKANs share, or need both a CKAN and an emulator. */
const ALONE = ['*/road.test.ts', 'ckan/road-outages.test.ts']

/** These rows share PostgreSQL, Redis and Solr, but no CKAN and no emulator. */
export const SIDE_BY_SIDE: readonly Row[] = [
  { name: 'older', include: WITH_CKAN, exclude: [...NEWER_ONLY, ...ALONE], sites: '2.10,2.11' },
  { name: 'newer', include: WITH_CKAN, exclude: [...OLDER_ONLY, ...ALONE], sites: '2.11-files,2.12' },
  { name: 'without-ckan', include: ['**/*.test.ts'], exclude: [...WITH_CKAN, ...ALONE] },
]

/** Runs after the other rows. */
export const LAST: Row = { name: 'last', include: ALONE }
