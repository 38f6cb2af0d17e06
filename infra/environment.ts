import type { Cloud } from './cloud.ts'
import { clouds } from './clouds.ts'

/** The entries of `environments.ts` by name. The name is also the name of the stack. */
export type Environments = Readonly<Record<string, Environment>>

/** The `provider` of an entry. */
export type Provider = keyof typeof clouds

type EntryOn<P extends Provider> = (typeof clouds)[P] extends Cloud<infer Entry> ? Entry : never

/** One deployment on one cloud. */
export type Environment = { readonly [P in Provider]: EntryOn<P> }[Provider]

/** The environment's cloud. An entry that no compiler has checked may name none. */
export function cloudOf({ provider }: Environment): Cloud<Environment> | undefined {
  return Object.hasOwn(clouds, provider) ? clouds[provider] : undefined
}

/** The environment's cloud, if it is one of these. */
export function isOn<P extends Provider>(
  environment: Environment,
  providers: readonly P[],
): environment is Extract<Environment, { readonly provider: P }> {
  return providers.some((provider) => provider === environment.provider)
}
