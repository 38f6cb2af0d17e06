import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { choosePorts, startLocal } from '@ckan-uplink/local'
import { startTap } from '../../test/live/support/tap.ts'
import type { Site } from '../ckan/sites.ts'
import { readCpuSeconds } from './ckan-cpu.ts'
import type { Cost } from './cost.ts'

/** A local edition that runs on a real CKAN. */
export interface LocalOnSite {
  /** A folder that is removed at the end. */
  readonly home: string
  readonly gateway: string
  /** The cost of this work. Its calls are those of the local edition. */
  measure(work: () => Promise<unknown>): Promise<Cost>
}

/** Runs this work with a local edition on a real CKAN, and stops the edition. */
export async function withLocalOn<T>(site: Site, work: (local: LocalOnSite) => Promise<T>): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'ckan-uplink-bench-'))
  const tap = await startTap(site.url)
  const local = await startLocal({
    folder: join(home, 'local'),
    ports: await choosePorts('0'),
    ckan: { url: tap.url, token: site.tokens.admin },
    settings: { ALLOW_HTTP_CKAN: 'true', CKAN_TIMEOUT_MS: '60000' },
  })
  try {
    return await work({
      home,
      gateway: local.gateway,
      measure: (task) => measureCost(site, () => tap.calls.length, task),
    })
  } finally {
    await local.close()
    await tap.close()
    await rm(home, { recursive: true, force: true })
  }
}

/** The cost of this work on a real CKAN. `countCalls` gives the number of calls so far. */
export async function measureCost(site: Site, countCalls: () => number, work: () => Promise<unknown>): Promise<Cost> {
  const [started, cpu, calls] = [performance.now(), readCpuSeconds(site.name), countCalls()]
  await work()
  return {
    seconds: (performance.now() - started) / 1000,
    calls: countCalls() - calls,
    cpuSeconds: readCpuSeconds(site.name) - cpu,
  }
}
