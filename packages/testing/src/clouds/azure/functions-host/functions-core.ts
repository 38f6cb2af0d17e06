import { Server } from 'node:http'
import Module from 'node:module'

/** One binding of a function, as `@azure/functions` registers it. */
interface Binding {
  readonly type: string
  readonly direction: 'in' | 'out'
  readonly cardinality?: string
}

interface Metadata {
  readonly name: string
  readonly bindings: Readonly<Record<string, Binding>>
}

interface Invocation {
  readonly invocationId: string
  readonly metadata: Metadata
  readonly request: {
    readonly inputData: readonly object[]
    readonly triggerMetadata: Readonly<Record<string, object>>
  }
  log(level: string, category: string, message: string): void
}

interface InvocationModel {
  getArguments(): Promise<{ readonly context: object; readonly inputs: readonly unknown[] }>
  invokeFunction(context: object, inputs: readonly unknown[], callback: unknown): Promise<unknown>
  getResponse(context: object, result: unknown): Promise<unknown>
}

interface ProgrammingModel {
  getCapabilities(capabilities: object): Promise<{ readonly HttpUri?: string }>
  getInvocationModel(invocation: Invocation): InvocationModel
}

/** A function of an app, and what it is called with. */
export interface RegisteredFunction {
  readonly name: string
  readonly type: string
  readonly takesBatches: boolean
  /** Resolves when the function has; rejects with what it throws. */
  invoke(
    data: object,
    options?: { readonly invocationId?: string; readonly triggerMetadata?: Readonly<Record<string, object>> },
  ): Promise<void>
}

export interface LoadedApp {
  readonly functions: ReadonlyMap<string, RegisteredFunction>
  /** Where HTTP functions take their requests. */
  readonly httpUri: string
}

/**
 * Loads a function app: provides `@azure/functions-core`, which exists only inside Azure's language worker, by
 * intercepting `require` as that does.
 * https://github.com/Azure/azure-functions-nodejs-worker/blob/v4.x/src/setupCoreModule.ts
 */
export async function loadApp(main: string): Promise<LoadedApp> {
  const functions = new Map<string, RegisteredFunction>()
  let model: ProgrammingModel | undefined
  const core = {
    version: '3.0.0',
    hostVersion: '4.0.0',
    registerHook: () => ({ dispose() {} }),
    setProgrammingModel(chosen: ProgrammingModel) {
      model = chosen
    },
    getProgrammingModel: () => model,
    registerFunction: (metadata: Metadata, callback: unknown) =>
      functions.set(
        metadata.name,
        toFunction(() => model, metadata, callback),
      ),
    log() {},
  }
  provide('@azure/functions-core', core)
  listenOnLoopback()
  await import(main)
  const { HttpUri = '' } = (await model?.getCapabilities({})) ?? {}
  return { functions, httpUri: HttpUri }
}

function toFunction(
  model: () => ProgrammingModel | undefined,
  metadata: Metadata,
  callback: unknown,
): RegisteredFunction {
  const [name = '', { type, cardinality }] = Object.entries(metadata.bindings).find(
    ([, { direction }]) => direction === 'in',
  ) ?? ['', { type: '' }]
  return {
    name: metadata.name,
    type,
    takesBatches: cardinality === 'many',
    async invoke(data, { invocationId = crypto.randomUUID(), triggerMetadata = {} } = {}) {
      const log: Invocation['log'] = (_level, _category, message) => console.info(message)
      const invocation = model()?.getInvocationModel({
        invocationId,
        metadata,
        request: { inputData: [{ name, data }], triggerMetadata },
        log,
      })
      if (invocation === undefined) throw new Error('The app has set no programming model.')
      const { context, inputs } = await invocation.getArguments()
      await invocation.getResponse(context, await invocation.invokeFunction(context, inputs, callback))
    },
  }
}

function provide(name: string, exports: object): void {
  Module.prototype.require = new Proxy(Module.prototype.require, {
    apply: (target, self, args) => (args[0] === name ? exports : Reflect.apply(target, self, args)),
  })
}

/** `@azure/functions` listens on every address of the machine. */
function listenOnLoopback(): void {
  Server.prototype.listen = new Proxy(Server.prototype.listen, {
    apply: (target, self, args) =>
      Reflect.apply(target, self, typeof args[0] === 'function' ? [0, '127.0.0.1', args[0]] : args),
  })
}
