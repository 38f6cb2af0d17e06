import type { ConfigOptions } from './ckan-config.ts'
import { launchSite, stopSite } from './ckan-instance.ts'
import { instanceOf, siteService } from './instances.ts'
import { signalService, stopService } from './service.ts'
import * as solr from './solr.ts'

/** Stops a CKAN where it stands: it takes connections and answers none, until {@link resumeCkan}. */
export const pauseCkan = (name: string): void => signalService(siteService(instanceOf(name)), 'SIGSTOP')

/** Lets a paused CKAN go on. */
export const resumeCkan = (name: string): void => signalService(siteService(instanceOf(name)), 'SIGCONT')

/** Kills a CKAN, paused or not, without giving it a chance to finish; resolves once it is gone. Its loader's worker goes on. */
export const killCkan = async (name: string): Promise<void> => {
  await stopService(siteService(instanceOf(name)), 'SIGKILL')
}

/** Starts a CKAN that isn't running, or lets a paused one go on, and resolves once it answers. */
export const startCkan = (name: string): Promise<void> => launchSite(instanceOf(name))

/** Starts a CKAN again with these options added to its configuration, until it is started without them. Resolves once it answers. */
export const restartCkan = async (name: string, options: ConfigOptions = {}): Promise<void> => {
  await stopSite(instanceOf(name))
  await launchSite(instanceOf(name), options)
}

/** Stops Solr: every CKAN of the set then answers 500 to writes and rolls them back. */
export const stopSolr = async (): Promise<void> => {
  await solr.stopSolr()
}

/** Starts Solr again, with its indexes as they were, and resolves once it answers. */
export const startSolr = (): Promise<void> => solr.launchSolr()
