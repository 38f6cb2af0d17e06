import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decode } from '@ckan-uplink/cloudflare'
import { messageOf } from '@ckan-uplink/core'
import type { LocalDeployment } from '../deployment.ts'
import type { Cloud, Needs } from './cloud.ts'
import { openR2 } from './s3.ts'

/** The local edition, whose queue is out of reach: it parks its dead letters by itself. */
export async function openLocal({ endpoint, folder, settings }: LocalDeployment, needs: Needs): Promise<Cloud> {
  const path = join(folder, 'credentials.json')
  const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
    needs.missing(
      `The storage's credentials can't be read: ${messageOf(thrown)}. Start the local edition anew with npm start.`,
    )
    return '{}'
  })
  return {
    ...openR2(endpoint, settings.bucket, JSON.parse(text)),
    decode,
    deadLetters: { drain: async () => 0 },
    checks: [],
  }
}
