import * as v from 'valibot'
import { named } from './named.ts'

/** An error outside the Action API (RFC 9457). */
export const problem = named(
  'Problem',
  v.strictObject({
    type: v.literal('about:blank'),
    title: v.string(),
    status: v.number(),
    detail: v.string(),
  }),
)
export type Problem = v.InferOutput<typeof problem>

/**
 * An error of the Action API, as CKAN writes it. A validation error has a list of messages under the name of each
 * field.
 */
export const actionError = named(
  'ActionError',
  v.strictObject({
    help: v.string(),
    success: v.literal(false),
    error: v.looseObject({ __type: v.string(), message: v.optional(v.string()) }),
  }),
)
export type ActionError = v.InferOutput<typeof actionError>
