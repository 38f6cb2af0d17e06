import { describe, expect, it } from 'vitest'
import { startFunction } from './lambda.ts'
import { startScene } from './scene.ts'

describe('the reconciler', () => {
  it('finds what was missed, and fails where it cannot look', { timeout: 60_000 }, async () => {
    const scene = await startScene()
    const reconciler = await startFunction('reconcile', scene.variables)
    const elsewhere = await startFunction('reconcile', { ...scene.variables, BUCKET_NAME: 'another' })
    try {
      const { id } = await scene.uploaded('a,b,c\n')
      await reconciler.invoke({ source: 'aws.events' })
      expect(await scene.ask('resource_show', { id })).toMatchObject({ size: 6 })
      await expect.poll(() => reconciler.log.join('\n')).toContain('"reconciled"')
      await expect(elsewhere.invoke({ source: 'aws.events' })).rejects.toThrow(
        'S3 could not get "uplink/reconcile.json"',
      )
    } finally {
      await Promise.all([reconciler.close(), elsewhere.close()])
      await scene.close()
    }
  })
})
