import { writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startCkanStandIn } from '@ckan-uplink/testing'
import { measureGateway } from './gateway.ts'
import { type Measurement, measureFirst, measureOurs } from './measure.ts'
import { measureParts } from './parts.ts'
import { createScene } from './scene.ts'

const HELP = `Compares the linker with the first version of this pipeline, which made a HEAD and a resource_update for each
message in turn. Both use the same CKAN stand-in (100 ms a call) and the same bucket (20 ms a read), in one run:
200 uploads into 10 datasets.

  npm run bench
  npm run bench -- --json bench.json     the figures as {"linking": {"first", "ours", "ratio", "ratio_at_6"}, "gateway", "parts"}

Then it measures the gateway: resource_upload without CKAN's own time, and 1 GiB in parts through the local edition,
compared with the same bytes straight to its storage.`

const CKAN_CALL_MS = 100

const { values } = parseArgs({ options: { json: { type: 'string' }, help: { type: 'boolean', default: false } } })

if (values.help) console.log(HELP)
else await bench(values.json)

async function bench(jsonFile: string | undefined): Promise<void> {
  console.log(
    '200 uploads into 10 datasets; CKAN takes 100 ms a call, the bucket 20 ms a read. The first version alone takes about 25 s.\n',
  )
  const ckan = await startCkanStandIn()
  try {
    const scene = await createScene({
      url: ckan.url,
      token: ckan.tokens.admin,
      organization: ckan.organization,
      concurrency: 10,
    })
    ckan.faults.add({ effect: { wait: () => sleep(CKAN_CALL_MS) } })
    const first = await measureFirst(scene)
    const atSix = await measureOurs(scene, 6)
    const ours = await measureOurs(scene, 64)
    const ratio = (measured: Measurement): number => Number((first.seconds / measured.seconds).toFixed(1))
    console.table({
      'first version': { ...rowOf(first), 'times as fast': 1 },
      'ckan-uplink, 6 object reads at once': { ...rowOf(atSix), 'times as fast': ratio(atSix) },
      'ckan-uplink, 64 object reads at once': { ...rowOf(ours), 'times as fast': ratio(ours) },
    })
    const gateway = await measureGateway()
    console.table({ resource_upload: gateway })
    console.log('\n1 GiB in parts, three times each way …')
    const parts = await measureParts()
    console.table({ '1 GiB in parts': parts })
    const figures = {
      gateway,
      parts,
      linking: { first: figuresOf(first), ours: figuresOf(ours), ratio: ratio(ours), ratio_at_6: ratio(atSix) },
    }
    if (jsonFile !== undefined) await writeFile(jsonFile, `${JSON.stringify(figures, null, 2)}\n`)
  } finally {
    await ckan.close()
  }
}

function rowOf({ seconds, reads, writes, atOnce }: Measurement): Record<string, number> {
  return {
    seconds: Number(seconds.toFixed(2)),
    'CKAN reads': reads,
    'CKAN writes': writes,
    'CKAN calls at once': atOnce,
  }
}

function figuresOf({ seconds, reads, writes }: Measurement): { readonly seconds: number; readonly calls: number } {
  return { seconds: Number(seconds.toFixed(3)), calls: reads + writes }
}
