import { readTokenNote } from '@ckan-uplink/core/operations'
import { describe, expect, it } from 'vitest'
import { startScene } from '../scene.ts'
import { startFunction } from './lambda.ts'

describe('the reconciler', () => {
  it('links missed uploads, and fails when it cannot read the bucket', async () => {
    const scene = await startScene()
    const reconciler = await startFunction('reconcile', scene.variables)
    const elsewhere = await startFunction('reconcile', { ...scene.variables, BUCKET_NAME: 'another' })
    try {
      const { id } = await scene.uploaded('a,b,c\n')
      await reconciler.invoke({ source: 'aws.events' })
      expect(await scene.ask('resource_show', { id })).toMatchObject({ size: 6 })
      await expect.poll(() => reconciler.log.join('\n')).toContain('"reconciled"')
      expect(await readTokenNote(scene.store)).toMatchObject({
        valid: true,
        detail: expect.stringContaining('sysadmin'),
      })
      await expect(elsewhere.invoke({ source: 'aws.events' })).rejects.toThrow(/S3 could not .* NoSuchBucket/u)
    } finally {
      await Promise.all([reconciler.close(), elsewhere.close()])
      await scene.close()
    }
  })

  it('tries only the token on its hourly schedule, and does not name the account when the secret is unreadable', async () => {
    const scene = await startScene()
    scene.services.secret = undefined
    const reconciler = await startFunction('reconcile', scene.variables)
    const gateway = await startFunction('gateway', scene.variables)
    try {
      await reconciler.invoke({ task: 'try-token' })
      const note = await readTokenNote(scene.store)
      expect(note).toMatchObject({ valid: false, detail: expect.stringContaining('the linker may not read it') })
      expect(JSON.stringify(note)).not.toContain('arn:aws')
      expect(reconciler.log.join('\n')).toMatch(/check_failed.*token.*arn:aws/u)
      expect(reconciler.log.join('\n')).not.toContain('"reconciled"')
      const requestContext = { http: { method: 'GET' } }
      const event = { rawPath: '/readyz', rawQueryString: '', headers: {}, requestContext, isBase64Encoded: false }
      expect(await gateway.invoke(event)).toMatchObject({
        statusCode: 503,
        body: expect.stringContaining('the linker may not read it'),
      })
    } finally {
      await Promise.all([reconciler.close(), gateway.close()])
      await scene.close()
    }
  })
})
