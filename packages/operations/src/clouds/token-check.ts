import { type CkanClient, createAuthorizer, headerAdvice } from '@ckan-uplink/ckan'
import { type Check, hint, right, wrong } from '../doctor/check.ts'

/** The service's token, as far as the operator may read it. */
export type StoredToken =
  | { readonly state: 'stored'; readonly token: string }
  | { readonly state: 'missing' }
  | { readonly state: 'unreadable' }

/** What the cloud lets the operator read, and the secret's name. */
export interface TokenSubject {
  readonly client: CkanClient
  readonly environment: string
  readonly secret: string
  read(): Promise<StoredToken>
}

/** Checks that the service's token is stored, and whose it is. */
export function tokenCheck({ client, environment, secret, read }: TokenSubject): Check {
  const fix = `Store it: npm run secret -- ${environment} ckanToken`
  return {
    name: 'service token',
    adviceOnError: fix,
    async run() {
      const stored = await read()
      if (stored.state === 'missing') return wrong(`There is no secret ${secret}.`, fix)
      if (stored.state === 'unreadable') return hint(`${secret} exists; you may not read it, so CKAN was not asked`)
      const caller = await createAuthorizer(client).whoami(stored.token)
      if (caller === undefined) return wrong(`CKAN does not know the token in ${secret}. ${headerAdvice(client)}`, fix)
      if (caller.sysadmin) return right(`it belongs to ${caller.name}, a sysadmin`)
      return hint(
        `it belongs to ${caller.name}, who is not a sysadmin: uploads are linked only where ${caller.name} may update the dataset`,
      )
    },
  }
}
