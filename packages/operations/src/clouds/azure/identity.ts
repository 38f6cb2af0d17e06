import {
  AzureCliCredential,
  AzureDeveloperCliCredential,
  ChainedTokenCredential,
  EnvironmentCredential,
} from '@azure/identity'

/** A person's sign-in. Never uses a machine's own identity, which an operator would use only by accident. */
export function personalIdentity(): ChainedTokenCredential {
  return new ChainedTokenCredential(
    new EnvironmentCredential(),
    new AzureCliCredential(),
    new AzureDeveloperCliCredential(),
  )
}
