import { copyFileSync, existsSync, globSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fetchJson } from './http.ts'
import { type Instance, siteService } from './instances.ts'
import { home, source } from './paths.ts'
import { claimPort, portOf } from './ports.ts'
import type { Progress } from './progress.ts'
import { run } from './run.ts'
import { pidOf, type Service, startService, stopService } from './service.ts'

const solrVersion = '9.8.1'

const name = 'solr'
const folder = `${home}/solr`
const jars = `${folder}/jars-${solrVersion}`
const cores = `${folder}/cores`

const baseUrl = (): string => `http://127.0.0.1:${portOf(name)}/solr`
export const coreUrl = (instance: Instance): string => `${baseUrl()}/${siteService(instance)}`

/** Installs Solr from Maven Central, because Debian has no package. */
export const installSolr = async (progress: Progress): Promise<void> => {
  if (existsSync(jars)) return
  await progress.step(`Solr ${solrVersion} from Maven Central`, async () => {
    const draft = `${jars}.draft`
    rmSync(draft, { recursive: true, force: true })
    const options = [`-Dsolr.version=${solrVersion}`, `-DoutputDirectory=${draft}`]
    await run(['mvn', '-B', '-q', '-f', source('solr/pom.xml'), 'dependency:copy-dependencies', ...options], {
      log: 'solr-install',
    })
    renameSync(draft, jars)
  })
}

/** Starts Solr with its existing cores. */
export const startSolr = async (progress: Progress): Promise<void> => {
  if (pidOf(name) !== undefined && (await isReady())) return
  await progress.step('Solr', launchSolr)
}

/** Starts Solr and resolves when all its cores answer. */
export const launchSolr = async (): Promise<void> => {
  mkdirSync(cores, { recursive: true })
  writeFileSync(`${cores}/solr.xml`, '<solr/>\n')
  if (pidOf(name) === undefined) await claimPort(name)
  await startService(service())
}

export const stopSolr = (): Promise<boolean> => stopService(name)

/** Creates the core of an instance with the schema of its CKAN release. */
export const createCore = async (instance: Instance, schema: string): Promise<void> => {
  const core = siteService(instance)
  if (existsSync(`${cores}/${core}/core.properties`)) return
  const configuration = `${cores}/${core}/conf`
  mkdirSync(configuration, { recursive: true })
  copyFileSync(source('solr/solrconfig.xml'), `${configuration}/solrconfig.xml`)
  copyFileSync(schema, `${configuration}/schema.xml`)
  for (const list of ['protwords', 'synonyms', 'stopwords']) writeFileSync(`${configuration}/${list}.txt`, '')
  const query = new URLSearchParams({ action: 'CREATE', name: core, instanceDir: core })
  const answer = await fetchJson(`${baseUrl()}/admin/cores?${query}`, 60_000)
  if (!answer) throw new Error(`Solr did not make the core ${core}: its log is ${home}/logs/${name}.log.`)
}

/** Solr itself answers some seconds before its cores do. */
const isReady = async (): Promise<boolean> => {
  const known = globSync('*/core.properties', { cwd: cores }).map(dirname)
  const urls = [`${baseUrl()}/admin/cores?action=STATUS`, ...known.map((core) => `${baseUrl()}/${core}/admin/ping`)]
  return !(await Promise.all(urls.map((url) => fetchJson(url)))).includes(undefined)
}

const service = (): Service => {
  const virtualMachine = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', `-Dsolr.log.dir=${folder}`]
  const command = [
    'java',
    ...virtualMachine,
    '-cp',
    `${jars}/*`,
    source('solr/Launch.java'),
    cores,
    String(portOf(name)),
  ]
  return { name, command, isReady }
}
