import { clouds } from '../../infra/clouds.ts'
import { type Answers, addressOf, type Question } from '../../infra/new-entry.ts'

/** The questions for every cloud. The cloud comes first, because it decides about the others. */
export const COMMON_QUESTIONS: readonly [Question, ...Question[]] = [
  { flag: 'cloud', text: `Cloud: ${Object.keys(clouds).join(', ')}` },
  { flag: 'ckan', text: "CKAN's address, at which it answers without a redirect" },
  { flag: 'bucket', text: 'Name of the bucket to create', propose: ({ name }) => `ckan-uplink-${name}` },
  { flag: 'email', text: 'E-mail addresses for alarms, separated by commas; empty for none', isOptional: true },
]

/** Calls to CKAN at once: few enough for a small CKAN. */
const CALLS_AT_ONCE = 16

/** The fields that every entry has. */
export function commonFieldsOf(
  { ckan = '', bucket, email = '' }: Answers,
  secret: string,
): Readonly<Record<string, unknown>> {
  const ckanUrl = addressOf(ckan)
  const emails = email.split(',').map((one) => one.trim())
  return {
    ckanUrl,
    ckanToken: { secret },
    ckanCallsAtOnce: CALLS_AT_ONCE,
    bucket,
    ...(URL.canParse(ckanUrl) && { allowedOrigins: [new URL(ckanUrl).origin] }),
    ...(email && { alarmEmails: emails }),
  }
}
