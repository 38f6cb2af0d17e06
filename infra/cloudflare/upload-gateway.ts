import { createHash } from 'node:crypto'
import { STATIC_FILES_BINDING } from '@ckan-uplink/cloudflare'
import * as cloudflare from '@pulumi/cloudflare'
import * as pulumi from '@pulumi/pulumi'
import type { CloudflareEnvironment } from './entry.ts'
import { attachGateway } from './gateway-address.ts'
import { cloudflareNames } from './names.ts'
import { rateLimitsOf } from './worker.ts'
import { workerBindings } from './worker-bindings.ts'
import { createWorkersScript } from './workers-script.ts'

export interface UploadGatewayArgs {
  readonly environment: CloudflareEnvironment
  readonly zoneId: string | undefined
  readonly bucketName: pulumi.Input<string>
  /** The secret that CKAN's plugin shares, if the site has the plugin. */
  readonly grantSecret?: pulumi.Output<string> | undefined
  /** The gateway's Worker as one module. */
  readonly script: string
  /** The folder of its static files. It has to exist until the deployment ends. */
  readonly directory: string
}

/**
 * `Workers R2 Storage Bucket Item Write`, which can also read:
 * https://developers.cloudflare.com/r2/api/tokens/#permission-groups
 */
const BUCKET_ITEM_WRITE = '2efd5506f9c8494dacb1fa10a3e7d5b6'

/** The gateway's Worker with its settings, its signing credentials and its address. */
export class UploadGateway extends pulumi.ComponentResource {
  constructor(name: string, args: UploadGatewayArgs) {
    super('ckan-uplink:cloudflare:UploadGateway', name)
    const { environment, zoneId, bucketName, script, directory, grantSecret } = args
    const { accountId } = environment
    const secrets = {
      ...s3Credentials(this.#createToken(name, environment)),
      ...(grantSecret && { GRANT_SECRETS: grantSecret }),
    }
    const limits = rateLimitsOf(name, environment).map((limit) => ({ type: 'ratelimit', ...limit }))
    const bindings = [
      ...workerBindings('gateway', { environment, bucketName, secrets }),
      ...limits,
      { type: 'assets', name: STATIC_FILES_BINDING },
    ]
    const scriptName = cloudflareNames(name, environment).gateway
    const worker = createWorkersScript(name, { accountId, scriptName, script, bindings, directory }, { parent: this })
    attachGateway(name, { environment, zoneId, workerName: worker.scriptName }, { parent: this })
    this.registerOutputs({ workerName: worker.scriptName })
  }

  /** A token of the account for this bucket only. */
  #createToken(name: string, { accountId, bucket }: CloudflareEnvironment): cloudflare.AccountToken {
    const resources = JSON.stringify({ [`com.cloudflare.edge.r2.bucket.${accountId}_default_${bucket}`]: '*' })
    const policies = [{ effect: 'allow', permissionGroups: [{ id: BUCKET_ITEM_WRITE }], resources }]
    return new cloudflare.AccountToken(
      name,
      { accountId, name: `ckan-uplink ${name} signs URLs`, policies },
      { parent: this },
    )
  }
}

/**
 * The S3 credentials of a token are its id and the SHA-256 of its value:
 * https://developers.cloudflare.com/r2/api/tokens/#get-s3-api-credentials-from-an-api-token
 */
function s3Credentials(token: cloudflare.AccountToken) {
  return {
    R2_ACCESS_KEY_ID: token.id,
    R2_SECRET_ACCESS_KEY: token.value.apply((value) => createHash('sha256').update(value).digest('hex')),
  }
}
