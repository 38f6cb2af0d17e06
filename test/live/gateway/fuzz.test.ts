import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installRequirements } from '../../../scripts/ckan/requirements.ts'

/** The gateway must not fail, and each answer must match its own description. */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
]
const RUN_SECONDS = 60
/** Schemathesis does not shorten its first phases, and a busy machine takes several times as long. */
const PATIENCE = 6
const environment = fileURLToPath(new URL('../../../.local/schemathesis', import.meta.url))

describe('the gateway of the local edition, with random requests by Schemathesis', () => {
  let folder: string
  let local: LocalHandle
  beforeAll(async () => {
    await installRequirements(`${import.meta.dirname}/requirements.txt`, environment, 'schemathesis')
    folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-fuzz-'))
    const settings = { REQUESTS_PER_MINUTE: '1000000', FILESTORE_API: 'true' }
    local = await startLocal({ folder: join(folder, 'local'), ports: await choosePorts('0'), settings })
  })
  afterAll(async () => {
    await local?.close()
    await rm(folder, { recursive: true, force: true })
  })

  it.each([
    ['unknown ids', 'editor', false],
    ['an existing resource and upload', 'admin', true],
  ] as const)(
    'never fails and answers as described, for %s, to an %s',
    { timeout: (PATIENCE + 1) * RUN_SECONDS * 1000 },
    async (_, role, isKnown) => {
      await writeFile(join(folder, 'schemathesis.toml'), isKnown ? await knownParameters() : '')
      expect(await fuzz(local.tokens?.[role] ?? '')).toBe('')
    },
  )

  /** The faults that Schemathesis has found, or an empty string. */
  async function fuzz(token: string): Promise<string> {
    const options = [
      '--url',
      local.gateway,
      '--header',
      `Authorization: ${token}`,
      '--checks',
      CHECKS.join(','),
      '--max-time',
      String(RUN_SECONDS),
    ]
    // CKAN itself answers requests that the gateway passes on.
    const scope = [
      '--exclude-path',
      '/api/3/action/{action}',
      '--max-examples',
      '300',
      '--workers',
      '2',
      '--request-timeout',
      '20',
    ]
    const child = spawn(
      `${environment}/bin/schemathesis`,
      ['run', `${local.gateway}/openapi.json`, ...options, ...scope, '--no-color', '--warnings', 'off'],
      {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: PATIENCE * RUN_SECONDS * 1000,
      },
    )
    const output: string[] = []
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => output.push(text))
    const [code] = await once(child, 'close')
    return code === 0 ? '' : output.join('')
  }

  async function knownParameters(): Promise<string> {
    const [resource = ''] = local.resources ?? []
    const headers = { Authorization: local.tokens?.editor ?? '', 'Content-Type': 'application/json' }
    const body = JSON.stringify({ id: resource, name: 'data.csv' })
    const answer = await fetch(`${local.gateway}/api/3/action/resource_upload`, { method: 'POST', headers, body })
    const { upload } = JSON.parse(await answer.text()).result
    return `[parameters]\n"path.resource_id" = "${resource}"\n"path.upload_id" = "${upload.id}"\n"body.id" = "${resource}"\n`
  }
})
