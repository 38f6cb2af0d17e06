import { type Check, hint, right, wrong } from '../../doctor/check.ts'
import type { AzureDeployment } from './deployment.ts'
import type { ManagementApi } from './management.ts'

const API_VERSION = '2023-05-01'

/** https://learn.microsoft.com/rest/api/storagerp/storage-accounts/get-properties */
interface StorageAccount {
  readonly properties?: { readonly allowSharedKeyAccess?: boolean | null }
}

/** With `filesStorage`: checks that the account can be opened by a key, as CKAN's own adapter does. */
export function accountKeysChecks(
  api: Pick<ManagementApi, 'get'> | undefined,
  { settings, storageAccount }: Pick<AzureDeployment, 'settings' | 'storageAccount'>,
): readonly Check[] {
  if (settings.filesStorage === undefined) return []
  return [
    {
      name: 'account keys',
      adviceOnError: 'Check that you have the role Reader on the storage account.',
      async run() {
        if (api === undefined) return right('you have opened the account by a key')
        const account = await api.get<StorageAccount>(storageAccount, API_VERSION)
        if (account === undefined)
          return wrong('Azure does not show the storage account.', 'Correct storageAccount in the entry.')
        // Without the property, Azure allows keys.
        if (account.properties?.allowSharedKeyAccess !== false)
          return right("CKAN's storage adapter can open the account by its key")
        return hint(
          "the account refuses its keys, and CKAN's adapter for Azure has nothing else: set allowSharedKeyAccess, see docs/files.md",
        )
      },
    },
  ]
}
