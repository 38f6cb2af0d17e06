import { aws } from './aws/cloud.ts'
import { azure } from './azure/cloud.ts'
import type { Cloud, OnCloud } from './cloud.ts'
import { cloudflare } from './cloudflare/cloud.ts'

/** All clouds by the `provider` of their entries. No other file names all clouds. */
export const clouds = { cloudflare, aws, azure } satisfies Readonly<Record<string, Cloud<OnCloud>>>
