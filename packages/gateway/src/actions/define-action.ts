import type * as v from 'valibot'
import type { GatewayDeps } from '../deps.ts'
import type { ActionGrant } from '../grants/grant.ts'
import type { KnownCaller } from '../http/caller.ts'
import type { PassThrough } from '../http/pass-through.ts'
import type { Permissions } from '../http/permissions.ts'
import type { Sent } from '../http/read-fields.ts'
import { validate } from '../http/validate.ts'
import type { AskPlugin } from '../links/ask-plugin.ts'
import type { PostCheck } from '../links/post-check.ts'
import type { NewUploads } from '../uploads/new-uploads.ts'
import type { Records } from '../uploads/records.ts'

/** Everything that an action works with. */
export interface ActionContext extends GatewayDeps {
  readonly records: Records
  readonly uploads: NewUploads
  readonly passThrough: PassThrough
  readonly permissions: Permissions
  readonly postCheck: PostCheck
  readonly askPlugin: AskPlugin
  /** The same, but it may repeat an answer of the last minute. */
  readonly recallPlugin: AskPlugin
}

type ObjectSchema = v.GenericSchema & { readonly entries: v.ObjectEntries }

/** The description of an action: for callers, for the API description, and for `README.md`. */
interface Description<Request extends ObjectSchema, Answer extends ObjectSchema> {
  readonly name: string
  /** One line that begins with a verb in the third person. */
  readonly summary: string
  readonly description?: string
  readonly request: Request
  readonly answer: Answer
  readonly answerDescription: string
  readonly example: { readonly request: v.InferInput<Request> & object; readonly result: v.InferInput<Answer> & object }
  /** Statuses that only this action returns, besides the common ones. */
  readonly errors?: readonly number[]
}

/** The description of any action. */
export type Described = Description<ObjectSchema, ObjectSchema>

/** The request as the caller sent it. */
export interface Asked extends Sent {
  readonly request: Request
}

interface Definition<Request extends ObjectSchema, Answer extends ObjectSchema> extends Description<Request, Answer> {
  /** The largest body in bytes. Default: `MAX_SHORT_BYTES`. */
  readonly maxBytes?: number
  /** Throws for callers who may not call the action with any fields. It runs before the fields are checked. */
  authorize?(caller: KnownCaller): void
  /** By field: a hint for callers who leave it out. */
  readonly hints?: Readonly<Record<string, string>>
  /** The scopes of grants that the action accepts in place of a token. Default: none. */
  readonly grants?: readonly ActionGrant['scope'][]
  /** Whether the action only signs URLs, so that it may recall CKAN's answer about the caller. */
  readonly onlySigns?: true
  /** Whether the action accepts the secret of an upload link in place of a token. */
  readonly links?: true
  /** Whether CKAN handles a form with a file in it. Without this, the gateway refuses files. */
  readonly filesGoToCkan?: true
  /** Returns the result for CKAN's envelope, or a `Response` that is sent unchanged. */
  run(
    context: ActionContext,
    caller: KnownCaller,
    body: v.InferOutput<Request>,
    asked: Asked,
  ): Promise<v.InferOutput<Answer> | Response>
}

/** An action as the registry holds it. `run` validates the fields, and throws `RefusedError` for invalid fields. */
export interface Action
  extends Described,
    Pick<Definition<ObjectSchema, ObjectSchema>, 'maxBytes' | 'filesGoToCkan' | 'grants' | 'links' | 'onlySigns'> {
  run(context: ActionContext, caller: KnownCaller, asked: Asked): Promise<unknown>
}

/** Puts the parts of an action together. Add the result to `ACTIONS`: routing, validation and documentation follow. */
export function defineAction<Request extends ObjectSchema, Answer extends ObjectSchema>(
  definition: Definition<Request, Answer>,
): Action & { readonly request: Request; readonly answer: Answer } {
  return {
    ...definition,
    async run(context, caller, asked) {
      definition.authorize?.(caller)
      return definition.run(context, caller, validate(definition.request, asked.fields, definition.hints), asked)
    },
  }
}
