import type { AzureEnvironment } from './environment.ts'

/** One sentence for each thing that Azure would refuse, or that contradicts itself. */
export function* checkAzure({ subscriptionId, location, storageAccount }: AzureEnvironment): Iterable<string> {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu.test(subscriptionId)) yield 'subscriptionId is not one of Azure: give its UUID.'
  if (!/^[a-z0-9]+$/u.test(location)) yield 'location is not one of Azure: give its name, such as germanywestcentral.'
  if (!/^[a-z0-9]{3,24}$/u.test(storageAccount)) yield 'storageAccount is no name for one: give 3 to 24 small letters and digits.'
}
