import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, type Stack } from 'aws-cdk-lib'
import type { AwsEnvironment } from '../../../environment.ts'
import type { FunctionFolders } from '../../bundle-functions.ts'
import { createDeployment } from '../../deployment.ts'

type Properties = Readonly<Record<string, unknown>>

/** A resource as CloudFormation gets it. */
export interface Resource {
  readonly id: string
  readonly Type: string
  readonly Properties: Properties
  readonly DependsOn?: readonly string[]
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
}

export interface Synthesised {
  readonly resources: readonly Resource[]
  readonly outputs: Readonly<Record<string, unknown>>
  /** The template as it is, for tools. */
  readonly file: string
  /** All of one type, such as `SQS::Queue`. */
  all(type: string): readonly Resource[]
  /** The one of a type whose id holds this text. */
  only(type: string, within?: string): Resource
}

const repository = new URL('../../../../', import.meta.url)

/** An app with the flags that `cdk` gives it, and its output in a folder of its own. */
export function createApp(): App {
  const { context } = JSON.parse(readFileSync(new URL('cdk.json', repository), 'utf8'))
  return new App({ context, outdir: mkdtempSync(join(tmpdir(), 'ckan-uplink-cdk-')) })
}

/** Declares an environment's stack in an app. Its functions do nothing: bundling the real ones takes seconds. */
export async function declareIn(app: App, name: string, environment: AwsEnvironment): Promise<Stack> {
  return createDeployment(app, name, environment, emptyFunctions())
}

/** What an environment is synthesised to. */
export async function synthesise(name: string, environment: AwsEnvironment): Promise<Synthesised> {
  const app = createApp()
  const { artifactId } = await declareIn(app, name, environment)
  const { template, templateFullPath } = app.synth().getStackArtifact(artifactId)
  const resources = Object.entries<Omit<Resource, 'id'>>(template.Resources).map(([id, resource]) => ({ id, ...resource }))
  const outputs = Object.entries<{ readonly Value: unknown }>(template.Outputs).map(([id, { Value }]) => [id, Value])
  const all = (type: string) => resources.filter(({ Type }) => Type === `AWS::${type}`)
  return {
    resources,
    outputs: Object.fromEntries(outputs),
    file: templateFullPath,
    all,
    only(type, within = '') {
      const [found, ...others] = all(type).filter(({ id }) => id.includes(within))
      if (found === undefined || others.length > 0)
        throw new Error(`${found ? others.length + 1 : 0} of ${type} ${within}; there are ${all(type).map(({ id }) => id)}.`)
      return found
    },
  }
}

let folders: FunctionFolders | undefined

function emptyFunctions(): FunctionFolders {
  folders ??= { linker: emptyFunction('linker'), gateway: emptyFunction('gateway'), reconcile: emptyFunction('reconcile') }
  return folders
}

function emptyFunction(name: string): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'ckan-uplink-function-')), name)
  mkdirSync(folder)
  writeFileSync(join(folder, 'index.mjs'), `export const handler = async () => ${JSON.stringify(name)}\n`)
  return folder
}
