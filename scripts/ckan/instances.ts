type InstanceName = '2.10' | '2.11' | '2.11-files' | '2.12'

/** A CKAN site: a release with its plugins, and its own database, Solr core and port. */
export interface Instance {
  readonly name: InstanceName
  readonly version: '2.10' | '2.11' | '2.12'
  readonly release: string
  readonly plugins: readonly string[]
  /** Also the number of its Redis database. */
  readonly index: number
}

export const instances: readonly Instance[] = [
  { name: '2.10', version: '2.10', release: '2.10.11', plugins: ['activity', 'image_view'], index: 0 },
  {
    name: '2.11',
    version: '2.11',
    release: '2.11.6',
    plugins: ['activity', 'image_view', 'datastore', 'xloader'],
    index: 1,
  },
  {
    name: '2.11-files',
    version: '2.11',
    release: '2.11.6',
    plugins: ['activity', 'image_view', 'files', 'readers_scan'],
    index: 2,
  },
  { name: '2.12', version: '2.12', release: '2.12.0', plugins: ['activity', 'image_view', 'readers_scan'], index: 3 },
]

/** The extensions of a release. A second step installs them, because xloader needs a newer urllib3 than CKAN pins. */
export const extensions: Readonly<Record<string, readonly string[]>> = {
  '2.11.6': ['ckanext-xloader==2.6.0', 'ckanext-files==1.3.4'],
}

/** The extensions of a release that tests switch on. A change installs them into the environments that there are. */
export const optionalExtensions = (release: string): readonly string[] => [
  'ckanext-scheming==3.1.0',
  ...(release === '2.11.6' ? ['ckanext-s3filestore==0.11.0', 'file-keeper[azure]==0.2.6'] : []),
  ...(release === '2.12.0' ? ['ckanext-file-keeper-cloud[azure,s3]==0.0.1', 'ckanext-xloader==2.6.0'] : []),
]

/** @throws Error for a name that is not in {@link instances}. */
export const instanceOf = (name: string): Instance => {
  const found = instances.find((instance) => instance.name === name)
  if (!found) throw new Error(`There is no CKAN "${name}": take one of ${instances.map((one) => one.name).join(', ')}.`)
  return found
}

export const usesLoader = (instance: Instance): boolean => instance.plugins.includes('xloader')
export const siteService = (instance: Instance): string => `ckan-${instance.name}`
export const workerService = (instance: Instance): string => `ckan-${instance.name}-worker`
export const databaseOf = (instance: Instance): string => siteService(instance).replaceAll(/[.-]/g, '_')
export const datastoreOf = (instance: Instance): string => databaseOf(instance).replace('ckan', 'datastore')
export const folderOf = (instance: Instance): string => `sites/${instance.name}`
