import { type CkanStandIn, startCkanStandIn } from '@ckan-uplink/testing'
import { afterAll, beforeAll, describe } from 'vitest'
import { type AwsRoad, openAwsRoad } from '../aws/support/aws-road.ts'
import { describeReaders } from './describe-readers.ts'

let ckan: CkanStandIn
let road: AwsRoad
beforeAll(async () => {
  ckan = await startCkanStandIn()
  road = await openAwsRoad('plain', ckan)
})
afterAll(async () => {
  await road?.close()
  await ckan?.close()
})

describe('a file in S3', () =>
  describeReaders(() => ({
    ...road,
    token: ckan.tokens.member,
    reach: (url) => url.replace(road.outputs.gatewayUrl, road.gateway),
  })))
