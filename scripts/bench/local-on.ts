import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSigner } from '@ckan-uplink/cloudflare'
import { systemClock } from '@ckan-uplink/core'
import type { UploadSigner } from '@ckan-uplink/core/uploads'
import { choosePorts, startLocal } from '@ckan-uplink/local'
import { isRevision, startTap, type Tap } from '../../test/live/support/tap.ts'
import type { Site } from '../ckan/sites.ts'
import { readCpuSeconds } from './ckan-cpu.ts'
import type { Cost } from './cost.ts'

/** A local edition that runs on a real CKAN. */
export interface LocalOnSite {
  /** A folder that is removed at the end. */
  readonly home: string
  readonly gateway: string
  /** Signs URLs of the edition's bucket. */
  readonly signer: UploadSigner
  /** The cost of this work. Its calls are those of the local edition. */
  measure(work: () => Promise<unknown>): Promise<Cost>
}

/** Runs this work with a local edition on a real CKAN, and stops the edition. */
export async function withLocalOn<T>(site: Site, work: (local: LocalOnSite) => Promise<T>): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'ckan-uplink-bench-'))
  const folder = join(home, 'local')
  const tap = await startTap(site.url)
  const local = await startLocal({
    folder,
    ports: await choosePorts('0'),
    ckan: { url: tap.url, token: site.tokens.admin },
    settings: { ALLOW_HTTP_CKAN: 'true', CKAN_TIMEOUT_MS: '60000' },
  })
  try {
    return await work({
      home,
      gateway: local.gateway,
      signer: createSigner({
        ...JSON.parse(await readFile(join(folder, 'credentials.json'), 'utf8')),
        endpoint: local.settings['R2_S3_ENDPOINT'] ?? '',
        bucket: local.settings['BUCKET_NAME'] ?? '',
        clock: systemClock,
      }),
      async measure(task) {
        const before = tap.calls.length
        const cost = await measureCost(site, () => tap.calls.length, task)
        return { ...cost, actions: countActions(tap.calls.slice(before)) }
      },
    })
  } finally {
    await local.close()
    await tap.close()
    await rm(home, { recursive: true, force: true })
  }
}

/** A question for a permission is a write that changes nothing. */
function countActions(calls: Tap['calls']): Readonly<Record<string, number>> {
  const counts = new Map<string, number>()
  for (const call of calls) {
    const name = call.action === 'package_revise' && !isRevision(call) ? 'permission' : call.action
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return Object.fromEntries([...counts].toSorted(([, a], [, b]) => b - a))
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
