import { stopSite } from './ckan-instance.ts'
import { type Instance, instances, siteService } from './instances.ts'
import { stopPostgres } from './postgres.ts'
import type { Progress } from './progress.ts'
import { stopRedis } from './redis.ts'
import { pidOf } from './service.ts'
import { recordSites } from './sites.ts'
import { stopSolr } from './solr.ts'

/** Stops these instances, and the shared services when no instance is left. Data stays. */
export const down = async (unwanted: readonly Instance[], progress: Progress): Promise<void> => {
  await progress.step(`CKAN ${unwanted.map((instance) => instance.name).join(', ')}: stop`, () =>
    Promise.all(unwanted.map(stopSite)),
  )
  if (instances.every((instance) => pidOf(siteService(instance)) === undefined)) {
    await progress.step('Solr, Redis, PostgreSQL: stop', () => Promise.all([stopSolr(), stopRedis(), stopPostgres()]))
  }
  await recordSites()
}
