import { realpathSync } from 'node:fs'
import { databaseOf, datastoreOf, folderOf, type Instance, siteService, usesLoader } from './instances.ts'
import { home } from './paths.ts'
import { siteUrl } from './ports.ts'
import { databaseUrl, reader } from './postgres.ts'
import { redisUrl } from './redis.ts'
import { coreUrl } from './solr.ts'

/** The secrets of a site's configuration. */
export interface SiteSecrets {
  readonly session: string
  /** xloader writes its results with this token. It is created together with the accounts. */
  readonly loaderToken?: string
}

/** Options of CKAN by their names. */
export type ConfigOptions = Readonly<Record<string, string>>

/** The ckan.ini of an instance. All other options have CKAN's defaults. */
export const renderConfig = (instance: Instance, secrets: SiteSecrets, more: ConfigOptions): string => {
  const options = {
    ...siteOptions(instance, secrets),
    ...loaderOptions(instance, secrets),
    ...filesOptions(instance),
    ...more,
  }
  const lines = Object.entries(options).map(([key, value]) => `${key} = ${value}`)
  return `[app:main]\nuse = egg:ckan\n${lines.join('\n')}\n${logging}`
}

const siteOptions = (instance: Instance, { session }: SiteSecrets) => ({
  SECRET_KEY: session,
  WTF_CSRF_SECRET_KEY: session,
  'beaker.session.secret': session,
  'beaker.session.validate_key': session,
  'api_token.jwt.encode.secret': `string:${session}`,
  'api_token.jwt.decode.secret': `string:${session}`,
  cache_dir: `${home}/${folderOf(instance)}/cache`,
  'ckan.storage_path': `${home}/${folderOf(instance)}/storage`,
  'ckan.site_id': siteService(instance),
  'ckan.site_url': siteUrl(instance.name),
  'ckan.plugins': instance.plugins.join(' '),
  'ckan.auth.create_unowned_dataset': 'false',
  'ckan.auth.allow_dataset_collaborators': 'true',
  'ckan.redis.url': redisUrl(instance.index),
  solr_url: coreUrl(instance),
  'sqlalchemy.url': databaseUrl(databaseOf(instance)),
  // CKAN's own server starts a thread with a connection for each request: the default of 5 is too small for 50 clients.
  'sqlalchemy.pool_size': '20',
  'sqlalchemy.max_overflow': '20',
})

const loaderOptions = (instance: Instance, { loaderToken }: SiteSecrets) =>
  usesLoader(instance)
    ? {
        'ckan.datastore.write_url': databaseUrl(datastoreOf(instance)),
        'ckan.datastore.read_url': databaseUrl(datastoreOf(instance), reader),
        'ckanext.xloader.jobs_db.uri': databaseUrl(databaseOf(instance)),
        ...(loaderToken === undefined ? {} : { 'ckanext.xloader.api_token': loaderToken }),
      }
    : {}

/** A storage in a folder, for ckanext-files or for the files of CKAN 2.12. */
const filesOptions = (instance: Instance) => {
  const isExtension = instance.plugins.includes('files')
  if (!isExtension && instance.version !== '2.12') return {}
  const storage = isExtension ? 'ckanext.files.storage.default' : 'ckan.files.storage.default'
  return {
    [`${storage}.type`]: isExtension ? 'files:fs' : 'ckan:fs',
    // CKAN refuses a path that leads over a symbolic link.
    [`${storage}.path`]: realpathSync(`${home}/${folderOf(instance)}/files`),
    [`${storage}.initialize`]: 'true',
  }
}

const logging = `
[loggers]
keys = root

[handlers]
keys = console

[formatters]
keys = plain

[logger_root]
level = INFO
handlers = console

[handler_console]
class = StreamHandler
args = (sys.stderr,)
level = NOTSET
formatter = plain

[formatter_plain]
format = %(asctime)s %(levelname)s [%(name)s] %(message)s
`
