import { STATIC_FILES_BINDING } from '@ckan-uplink/cloudflare'
import * as cloudflare from '@pulumi/cloudflare'
import * as pulumi from '@pulumi/pulumi'
import type { CloudflareEnvironment } from './entry.ts'
import { attachGateway } from './gateway-address.ts'
import { cloudflareNames } from './names.ts'
import { secretKeyOf, signingToken } from './resources.ts'
import { rateLimitsOf } from './worker.ts'
import { workerBindings } from './worker-bindings.ts'
import { createWorkersScript } from './workers-script.ts'

export interface UploadGatewayArgs {
  readonly environment: CloudflareEnvironment
  readonly zoneId: string | undefined
  readonly bucketName: pulumi.Input<string>
  /** The secret that CKAN's plugin shares, if the site has the plugin. */
  readonly grantSecret?: pulumi.Output<string> | undefined
  /** The queue of events, if there are receivers. */
  readonly events: pulumi.Input<string> | undefined
  /** The gateway's Worker as one module. */
  readonly script: string
  /** The folder of its static files. It has to exist until the deployment ends. */
  readonly directory: string
}

/** The gateway's Worker with its settings, its signing credentials and its address. */
export class UploadGateway extends pulumi.ComponentResource {
  constructor(name: string, args: UploadGatewayArgs) {
    super('ckan-uplink:cloudflare:UploadGateway', name)
    const { environment, zoneId, bucketName, script, directory, events, grantSecret } = args
    const secrets = {
      ...s3Credentials(this.#createToken(name, environment)),
      ...(grantSecret && { GRANT_SECRETS: grantSecret }),
    }
    const limits = rateLimitsOf(name, environment).map((limit) => ({ type: 'ratelimit', ...limit }))
    const bindings = [
      ...workerBindings('gateway', { environment, bucketName, events, secrets }),
      ...limits,
      { type: 'assets', name: STATIC_FILES_BINDING },
    ]
    const scriptName = cloudflareNames(name, environment).gateway
    const worker = createWorkersScript(name, { environment, scriptName, script, bindings, directory }, { parent: this })
    attachGateway(name, { environment, zoneId, workerName: worker.scriptName }, { parent: this })
    this.registerOutputs({ workerName: worker.scriptName })
  }

  #createToken(name: string, environment: CloudflareEnvironment): cloudflare.AccountToken {
    const { accountId } = environment
    const { name: tokenName, resources, ...policy } = signingToken(name, environment)
    const policies = [{ ...policy, resources: JSON.stringify(resources) }]
    return new cloudflare.AccountToken(name, { accountId, name: tokenName, policies }, { parent: this })
  }
}

function s3Credentials(token: cloudflare.AccountToken) {
  return { R2_ACCESS_KEY_ID: token.id, R2_SECRET_ACCESS_KEY: token.value.apply(secretKeyOf) }
}
