import { installInfra } from '../../scripts/infra/install.ts'
import { run } from '../../scripts/infra/run.ts'

/**
 * Encrypts the secret in the stack's configuration. Pulumi reads it from its input, so no list of processes shows it.
 */
export async function storeCloudflareSecret(stack: string, secret: string, value: string): Promise<void> {
  const projects = ['cloudflare', 'pulumi']
  await Promise.all(projects.map((project) => installInfra(project)))
  const command = ['pulumi', 'config', 'set', '--secret', secret, '--stack', stack]
  const code = await run(command, { projects, guide: 'docs/deploy/cloudflare.md', input: value })
  if (code !== 0) throw new Error(`pulumi config set ended with ${code}: see above.`)
}
