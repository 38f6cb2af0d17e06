import * as storage from '@pulumi/azure-native/storage/index.js'
import type * as pulumi from '@pulumi/pulumi'
import type { AzureEnvironment } from './entry.ts'
import type { Program } from './function-app.ts'
import { azureNames } from './names.ts'
import type { Place } from './place.ts'
import { SECURE_ACCOUNT } from './upload-bucket.ts'

export interface HostStorageArgs {
  readonly program: Program
  readonly environment: AzureEnvironment
  readonly place: Place
}

export interface HostStorage {
  readonly account: storage.StorageAccount
  /** The container of published packages. */
  readonly packages: storage.BlobContainer
}

/**
 * The storage account for locks, keys and the package of the Functions host. It is separate from the uploads, because
 * the app's identity has to own all of it.
 * https://learn.microsoft.com/azure/azure-functions/functions-reference#connecting-to-host-storage-with-an-identity
 */
export function createHostStorage(
  name: string,
  { program, environment, place }: HostStorageArgs,
  options: pulumi.CustomResourceOptions,
): HostStorage {
  const names = azureNames(name, environment)
  const accountName = program === 'gateway' ? names.hostStorageAccount : names.linkerHostStorageAccount
  const sku = { name: storage.SkuName.Standard_LRS }
  const account = new storage.StorageAccount(`${name}-host`, { ...place, ...SECURE_ACCOUNT, accountName, sku }, options)
  const packages = new storage.BlobContainer(
    `${name}-packages`,
    {
      resourceGroupName: place.resourceGroupName,
      accountName: account.name,
      containerName: 'packages',
      publicAccess: storage.PublicAccess.None,
    },
    options,
  )
  return { account, packages }
}
