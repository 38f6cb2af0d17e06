import type { ConfigOptions } from './ckan-config.ts'
import { createTables, launchSite, runCommand, stopSite } from './ckan-instance.ts'
import { instanceOf, siteService } from './instances.ts'
import { signalService, stopService } from './service.ts'
import * as solr from './solr.ts'

/** Pauses a CKAN: it accepts connections but does not answer until {@link resumeCkan}. */
export const pauseCkan = (name: string): void => signalService(siteService(instanceOf(name)), 'SIGSTOP')

/** Resumes a paused CKAN. */
export const resumeCkan = (name: string): void => signalService(siteService(instanceOf(name)), 'SIGCONT')

/** Kills a CKAN, paused or not, at once. Resolves when it has ended. Its loader's worker keeps running. */
export const killCkan = async (name: string): Promise<void> => {
  await stopService(siteService(instanceOf(name)), 'SIGKILL')
}

/** Starts a stopped CKAN, or resumes a paused CKAN. Resolves when it answers. */
export const startCkan = (name: string): Promise<void> => launchSite(instanceOf(name))

/** Restarts a CKAN with these additional options, until the next restart. Resolves when it answers. */
export const restartCkan = async (name: string, options: ConfigOptions = {}): Promise<void> => {
  await stopSite(instanceOf(name))
  await launchSite(instanceOf(name), options)
}

/** The same, with the DataStore, xloader and its worker, also for a CKAN that has none. */
export const restartWithLoader = async (name: string, options: ConfigOptions): Promise<void> => {
  const { plugins, ...instance } = instanceOf(name)
  const loading = { ...instance, plugins: [...new Set([...plugins, 'datastore', 'xloader'])] }
  await stopSite(loading)
  await createTables(loading)
  await launchSite(loading, options)
}

/** Runs the background jobs that wait in the queue, and resolves when there are no more. */
export const runJobs = async (name: string): Promise<void> => {
  await runCommand(instanceOf(name), 'jobs', 'worker', '--burst')
}

/** Empties the queue of background jobs. */
export const clearJobs = async (name: string): Promise<void> => {
  await runCommand(instanceOf(name), 'jobs', 'clear')
}

/** Stops Solr: every CKAN of the set then answers 500 to writes and rolls them back. */
export const stopSolr = async (): Promise<void> => {
  await solr.stopSolr()
}

/** Starts Solr again, with its indexes as they were, and resolves once it answers. */
export const startSolr = (): Promise<void> => solr.launchSolr()
