import type { Settings } from '@ckan-uplink/core/settings'
import { type Check, request, right, wrong } from './check.ts'

/** Checks that the gateway answers at the public host. A bucket there would serve objects that no record allows. */
export function publicHostChecks({ publicBucketUrl, keyPrefix }: Settings): readonly Check[] {
  if (publicBucketUrl === undefined) return []
  return [
    {
      name: 'public host',
      adviceOnError: 'Check that the host of PUBLIC_BUCKET_URL leads to the gateway (DNS, certificate, proxy).',
      async run() {
        const response = await request(`${publicBucketUrl}/${keyPrefix}uplink-doctor`)
        const type = response.headers.get('content-type') ?? ''
        if (response.status === 404 && type.startsWith('application/problem+json'))
          return right(`the gateway answers at ${publicBucketUrl}`)
        return wrong(
          `${publicBucketUrl} answers ${response.status}, which is not the answer of the gateway: is it the bucket itself?`,
          'Point this host to the gateway: see "The public host" in docs/deploy.',
        )
      },
    },
  ]
}
