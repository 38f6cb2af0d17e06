import { type CkanStandIn, startCkanStandIn } from '@ckan-uplink/testing'
import { afterAll, beforeAll, describe } from 'vitest'
import { type AzureRoad, openAzureRoad } from '../azure/support/azure-road.ts'
import { describeReaders } from './describe-readers.ts'

let ckan: CkanStandIn
let road: AzureRoad
beforeAll(async () => {
  ckan = await startCkanStandIn()
  road = await openAzureRoad(ckan)
})
afterAll(async () => {
  await road?.close()
  await ckan?.close()
})

describe('a file in Blob Storage', () =>
  describeReaders(() => ({
    ...road,
    token: ckan.tokens.member,
    reach: (url) => url.replace(road.settings['GATEWAY_URL'] ?? '', road.gateway()),
    certificate: process.env['CURL_CA_BUNDLE'] ?? '',
  })))
