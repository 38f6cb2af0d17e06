import { startCkanStandIn } from '@ckan-uplink/testing'
import {
  type CkanSubject,
  describeAddResources,
  describeAuthorizer,
  describeCatalog,
  describeCkanBehaviour,
  describeDatasetLister,
  describeFileRegistry,
  describeImages,
  describeViews,
} from '@ckan-uplink/testing/contracts'

const EDITIONS = [
  { version: '2.10', extensions: [] },
  { version: '2.11', extensions: ['xloader'] },
  { version: '2.12', extensions: [] },
] as const

for (const { version, extensions } of EDITIONS) {
  const name = ['the stand-in as CKAN', version, ...extensions].join(' ')
  const start = async (): Promise<CkanSubject> => {
    const standIn = await startCkanStandIn({ version, extensions })
    return { ...standIn, xloader: extensions.some((known) => known === 'xloader') }
  }
  describeCkanBehaviour(name, start)
  describeCatalog(name, start)
  describeAuthorizer(name, start)
  describeAddResources(name, start)
  describeImages(name, start)
  describeDatasetLister(name, start)
  describeViews(name, start)
}

for (const [version, extensions, api] of [
  ['2.11', ['files'], 'extension'],
  ['2.12', [], 'core'],
] as const)
  describeFileRegistry(['the stand-in as CKAN', version, ...extensions].join(' '), async () => {
    const locations = new Set<string>()
    const standIn = await startCkanStandIn({ version, extensions, hasObject: (location) => locations.has(location) })
    return { ...standIn, files: { api, put: async (location) => void locations.add(location) } }
  })
