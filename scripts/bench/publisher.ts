import { randomUUID } from 'node:crypto'
import { createCkanClient } from '@ckan-uplink/ckan'
import type { Site } from '../ckan/sites.ts'

/** An editor of one organization. */
export interface Publisher {
  readonly organization: string
  readonly token: string
}

/**
 * Runs this work with an editor and an organization of their own, and removes both. CKAN's time for each of a user's
 * calls grows with the organizations of the user, and tests leave the site's editor with many.
 */
export async function withPublisher<T>({ url, tokens }: Site, work: (publisher: Publisher) => Promise<T>): Promise<T> {
  const client = createCkanClient({ url, concurrency: 1, timeoutMs: 60_000 })
  const act = async <R>(action: string, params: object): Promise<R> =>
    (await client.call<R>(action, params, tokens.admin)).result
  const name = `bench-${randomUUID()}`
  const user = { name, email: `${name}@example.org`, password: randomUUID() }
  await act('user_create', user)
  const { id: organization } = await act<{ id: string }>('organization_create', { name })
  try {
    await act('organization_member_create', { id: organization, username: name, role: 'editor' })
    const { token } = await act<{ token: string }>('api_token_create', { user: name, name: 'bench' })
    return await work({ organization, token })
  } finally {
    await act('organization_purge', { id: organization })
    await act('user_delete', { id: name })
  }
}
