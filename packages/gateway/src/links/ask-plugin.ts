import * as v from 'valibot'
import { refusal } from '../http/validate.ts'
import type { PostCheck } from './post-check.ts'

const text = v.string()

/** What CKAN shows of a place to a user who may upload there. */
const allowed = v.object({
  allowed: v.literal(true),
  user: text,
  dataset: text,
  title: text,
  owner_org: v.optional(text),
  /** Null for a dataset. */
  resource: v.nullable(text),
  resource_name: v.optional(v.nullable(text)),
  size: v.optional(v.nullable(v.number())),
  url: text,
  last_modified: v.nullable(text),
  format: text,
})
const refused = v.object({
  allowed: v.literal(false),
  /** `user`: the user is not active, or may not change the place. `place`: CKAN has no such place. */
  reason: v.picklist(['user', 'place', 'no_file', 'refused']),
  message: v.optional(text),
})
const answer = v.variant('allowed', [allowed, refused])

export type CheckedPlace = v.InferOutput<typeof allowed>

/** A user and a place, by ids. `create` makes a resource of the dataset, as this user. */
export interface PlaceQuestion {
  readonly user: string
  readonly dataset: string
  readonly resource?: string | undefined
  readonly create?: { readonly id: string; readonly name: string }
}

/** Asks CKAN's plugin whether a user may upload to a place now. */
export type AskPlugin = (question: PlaceQuestion) => Promise<v.InferOutput<typeof answer>>

export function createAskPlugin(postCheck: PostCheck): AskPlugin {
  return async ({ user, dataset, resource, create }) => {
    const place = resource === undefined ? { dataset } : { resource }
    const { isOk, body, fault } = await postCheck('check', { sub: user, ...place, ...(create && { create }) })
    const said = v.safeParse(answer, body)
    if (isOk && said.success) return said.output
    throw withoutPlugin(fault)
  }
}

function withoutPlugin(reason: string) {
  return refusal({
    links: [`Upload links need the present plugin for CKAN and its secret. ${reason}. "doctor" says more`],
  })
}
