import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, type Stack } from 'aws-cdk-lib'
import { afterAll } from 'vitest'
import type { FunctionFolders } from '../../bundle-functions.ts'
import { declareStack } from '../../deployment.ts'
import type { AwsEnvironment } from '../../entry.ts'

type Properties = Readonly<Record<string, unknown>>

/** A resource of the template. */
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
  /** The file of the template, for tools. */
  readonly file: string
  /** All resources of a type, such as `SQS::Queue`. */
  all(type: string): readonly Resource[]
  /** The only resource of a type with this text in its id. */
  only(type: string, within?: string): Resource
}

const repository = new URL('../../../../', import.meta.url)
const root = mkdtempSync(join(tmpdir(), 'ckan-uplink-infra-aws-'))

afterAll(() => rmSync(root, { recursive: true }))

/** An app with `cdk`'s flags and a new folder for its output. */
export function createApp(): App {
  const { context } = JSON.parse(readFileSync(new URL('cdk.json', repository), 'utf8'))
  return new App({ context, outdir: mkdtempSync(join(root, 'out-')) })
}

/** Declares an environment's stack in an app. Its functions are empty, because bundling takes seconds. */
export function declareIn(app: App, name: string, environment: AwsEnvironment): Stack {
  return declareStack(app, name, environment, FOLDERS)
}

const done = new Map<string, Synthesised>()

/** The synthesised environment. The second call returns the same object. */
export function synthesise(name: string, environment: AwsEnvironment): Synthesised {
  const key = JSON.stringify([name, environment])
  const synthesised = done.get(key) ?? synthesiseOnce(name, environment)
  done.set(key, synthesised)
  return synthesised
}

function synthesiseOnce(name: string, environment: AwsEnvironment): Synthesised {
  const app = createApp()
  const { artifactId } = declareIn(app, name, environment)
  const { template, templateFullPath } = app.synth().getStackArtifact(artifactId)
  const resources = Object.entries<Omit<Resource, 'id'>>(template.Resources).map(([id, resource]) => ({
    id,
    ...resource,
  }))
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
        throw new Error(
          `${found ? others.length + 1 : 0} of ${type} ${within}; there are ${all(type).map(({ id }) => id)}.`,
        )
      return found
    },
  }
}

const FOLDERS: FunctionFolders = {
  linker: emptyFunction('linker'),
  gateway: emptyFunction('gateway'),
  reconcile: emptyFunction('reconcile'),
}

function emptyFunction(name: string): string {
  const folder = join(root, name)
  mkdirSync(folder)
  writeFileSync(join(folder, 'index.mjs'), `export const handler = async () => ${JSON.stringify(name)}\n`)
  return folder
}
