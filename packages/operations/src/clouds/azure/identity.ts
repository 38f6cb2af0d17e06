import {
  AzureCliCredential,
  AzureDeveloperCliCredential,
  ChainedTokenCredential,
  EnvironmentCredential,
  type TokenCredential,
} from '@azure/identity'
import { messageOf } from '@ckan-uplink/core'
import type { Needs } from '../cloud-access.ts'

/** A person's sign-in. Never uses a machine's own identity, which an operator would use only by accident. */
export function personalIdentity(): ChainedTokenCredential {
  return new ChainedTokenCredential(
    new EnvironmentCredential(),
    new AzureCliCredential(),
    new AzureDeveloperCliCredential(),
  )
}

/** A person's sign-in for this scope. Notes it as missing where there is none, with `others` that would do instead. */
export async function findIdentity(needs: Needs, scope: string, others = ''): Promise<TokenCredential> {
  const identity = personalIdentity()
  await identity.getToken(scope).catch((thrown: unknown) => {
    const [reason] = messageOf(thrown).split('\n')
    needs.missing(
      `There are no Azure credentials (${reason}): sign in with az login, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET${others}.`,
    )
  })
  return identity
}
