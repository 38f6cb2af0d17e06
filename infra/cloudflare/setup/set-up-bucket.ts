import { corsRules, lifecycleRules } from '../resources.ts'
import type { Step } from './setup-tools.ts'

/** Makes the bucket unless it exists, and sets its rules. */
export async function setUpBucket({ environment, tools: { api, say } }: Step): Promise<void> {
  const { accountId, bucket } = environment
  const buckets = `/accounts/${accountId}/r2/buckets`
  const found = await api.call<{ readonly buckets: readonly { readonly name: string }[] }>(
    'GET',
    `${buckets}?name_contains=${bucket}&per_page=1000`,
  )
  const isThere = found.buckets.some(({ name }) => name === bucket)
  if (!isThere) await api.call('POST', buckets, { name: bucket })
  await api.call('PUT', `${buckets}/${bucket}/cors`, { rules: corsRules(environment) })
  await api.call('PUT', `${buckets}/${bucket}/lifecycle`, { rules: lifecycleRules() })
  say(`The bucket ${bucket} ${isThere ? 'is there' : 'was made'}, with the rules for pages and unfinished uploads.`)
}
