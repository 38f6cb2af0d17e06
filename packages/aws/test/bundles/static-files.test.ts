import { describeStaticFiles, STATIC_FILES } from '@ckan-uplink/testing/contracts'
import { afterAll, beforeAll } from 'vitest'
import { type RunningFunction, startFunction } from './lambda.ts'

const SETTINGS = {
  CKAN_URL: 'http://127.0.0.1:9',
  GATEWAY_URL: 'https://data.example.org',
  BUCKET_NAME: 'open-data',
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'key-id',
  AWS_SECRET_ACCESS_KEY: 'key-secret',
}

let gateway: RunningFunction

beforeAll(async () => {
  gateway = await startFunction('gateway', SETTINGS, STATIC_FILES)
})
afterAll(() => gateway?.close())

describeStaticFiles('the function', () => async (path, { headers = {} } = { headers: {} }) => {
  const [rawPath = '', rawQueryString = ''] = path.split('?')
  const http = { method: 'GET', path: rawPath, sourceIp: '192.0.2.7' }
  const event = { version: '2.0', rawPath, rawQueryString, headers, requestContext: { http }, isBase64Encoded: false }
  const answer = await gateway.invoke({ ...event, headers: { ...headers, host: 'data.example.org' } })
  const { statusCode, ...sent } = answer as { statusCode: number; headers: Record<string, string>; body: string }
  return new Response(sent.body || null, { status: statusCode, headers: sent.headers })
})
