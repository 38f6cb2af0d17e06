import { NotAllowedError } from '@ckan-uplink/core'
import { hasQuotas, readQuota } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import { named } from '../http/named.ts'
import { refusal } from '../http/validate.ts'
import { defineAction } from './define-action.ts'
import { id } from './fields.ts'

const limit = v.pipe(v.nullable(v.number()), v.description('null: no limit.'))
const amount = v.strictObject({ bytes: v.number(), files: v.number() })

const quotaAnswer = named(
  'UploadQuota',
  v.strictObject({
    organization: v.pipe(v.string(), v.description('The id of the organization.')),
    limits: v.strictObject({ bytes: limit, files: limit }),
    used: v.pipe(amount, v.description('The files that CKAN showed at the last count.')),
    counted_at: v.pipe(v.nullable(v.string()), v.description('When they were counted. null: not yet.')),
    reserved: v.pipe(amount, v.description('What uploads since that count have reserved.')),
  }),
)

export const uploadQuota = defineAction({
  name: 'upload_quota',
  summary: 'Shows what an organization has and may upload, to users who may create datasets there',
  request: v.object({ organization: v.pipe(id, v.description('The id or the name of the organization.')) }),
  answer: quotaAnswer,
  answerDescription: 'The limits, the use, and the reservations of open uploads.',
  example: {
    request: { organization: 'city' },
    result: {
      organization: '5c1f7a52-9e0d-4a57-8b1e-2d3f4a5b6c7d',
      limits: { bytes: 50_000_000_000, files: null },
      used: { bytes: 12_345_678, files: 42 },
      counted_at: '2026-01-31T03:17:00.000Z',
      reserved: { bytes: 0, files: 0 },
    },
  },
  async run({ settings, authorizer, store, clock }, caller, { organization }) {
    const found = await authorizer.findOrganization(caller.token, organization)
    if (found === undefined)
      throw new NotAllowedError(`The organization does not exist, or ${caller.name} may not create datasets there.`)
    if (!hasQuotas(settings)) throw refusal({ organization: ['Organizations have no limits at this site'] })
    const { limits, used, reserved } = await readQuota(store, settings, found, clock.now())
    const { at, ...present } = used
    return {
      organization: found,
      limits: { bytes: limits.bytes ?? null, files: limits.files ?? null },
      used: { bytes: present.bytes, files: present.files },
      counted_at: at ?? null,
      reserved,
    }
  },
})
