import type { Settings } from '@ckan-uplink/core'
import { ask, type Check, right, wrong } from './check.ts'

/** Does the gateway answer at the public host? A bucket that answers there serves objects that no record allows. */
export function publicHostChecks({ publicBucketUrl, keyPrefix }: Settings): readonly Check[] {
  if (publicBucketUrl === undefined) return []
  return [
    {
      name: 'public host',
      otherwise: 'See whether the host of PUBLIC_BUCKET_URL leads to the gateway (DNS, certificate, proxy).',
      async run() {
        const response = await ask(`${publicBucketUrl}/${keyPrefix}uplink-doctor`)
        const type = response.headers.get('content-type') ?? ''
        if (response.status === 404 && type.startsWith('application/problem+json'))
          return right(`the gateway answers at ${publicBucketUrl}`)
        return wrong(
          `${publicBucketUrl} answers ${response.status}, not as the gateway does: is it the bucket itself?`,
          'Lead this host to the gateway: docs/deploy has the steps under "The public host".',
        )
      },
    },
  ]
}
