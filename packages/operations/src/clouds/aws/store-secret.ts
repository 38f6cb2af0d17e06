import {
  CreateSecretCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'

/** Writes a new value of the secret, and creates the secret if it does not exist. */
export async function storeAwsSecret(region: string, name: string, value: string): Promise<void> {
  const client = new SecretsManagerClient({ region, maxAttempts: 3 })
  await client
    .send(new PutSecretValueCommand({ SecretId: name, SecretString: value }))
    .catch(async (thrown: unknown) => {
      if (!(thrown instanceof ResourceNotFoundException)) throw thrown
      await client.send(new CreateSecretCommand({ Name: name, SecretString: value }))
    })
}
