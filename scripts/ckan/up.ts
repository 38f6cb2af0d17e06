import { installCkan, installOptional, installPlugin, installUv } from './ckan-install.ts'
import { answers, makeSite, startSite } from './ckan-instance.ts'
import { installPackages } from './debian-packages.ts'
import type { Instance } from './instances.ts'
import { choosePorts } from './ports.ts'
import { startPostgres } from './postgres.ts'
import type { Progress } from './progress.ts'
import { startRedis } from './redis.ts'
import { forgetSites, recordSites } from './sites.ts'
import { installSolr, startSolr } from './solr.ts'

/**
 * Installs missing programs, starts these instances with their services, and writes `.local/ckan.json`.
 * A second call starts only stopped services. @throws StepFailure with the failed step.
 */
export const up = async (wanted: readonly Instance[], progress: Progress): Promise<void> => {
  await installPackages(progress)
  await choosePorts()
  const answering = await Promise.all(wanted.map(answers))
  if (answering.includes(false)) forgetSites()
  const services = Promise.all([
    startPostgres(progress),
    startRedis(progress),
    installSolr(progress).then(() => startSolr(progress)),
  ])
  const install = createInstaller(progress)
  const inTurns = createTurns(2)
  await Promise.all(
    wanted.map(async (instance) => {
      await Promise.all([services, install(instance.release)])
      await inTurns(async () => {
        await makeSite(instance, progress)
        await startSite(instance, progress)
      })
    }),
  )
  await recordSites()
}

/** Installs one release after another, each once: parallel installations would compete for the same two cores. */
const createInstaller = (progress: Progress) => {
  const installed = new Map<string, Promise<void>>()
  let last = installUv(progress)
  return (release: string): Promise<void> => {
    if (!installed.has(release)) {
      last = last
        .then(() => installCkan(release, progress))
        .then(() => installOptional(release, progress))
        .then(() => installPlugin(release, progress))
      installed.set(release, last)
    }
    return installed.get(release) ?? last
  }
}

/** Runs this many tasks at once. The others wait. */
const createTurns = (atOnce: number) => {
  const lanes = Array.from({ length: atOnce }, () => Promise.resolve())
  let next = 0
  return async (work: () => Promise<void>): Promise<void> => {
    const lane = next++ % atOnce
    const turn = (lanes[lane] ?? Promise.resolve()).then(work)
    lanes[lane] = turn
    await turn
  }
}
