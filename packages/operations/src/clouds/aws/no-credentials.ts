import { messageOf } from '@ckan-uplink/core'

/** What to do when AWS's own tools would find no credentials on this machine. */
export function noCredentials(thrown: unknown): string {
  return `There are no AWS credentials (${messageOf(thrown)}): sign in with aws sso login and set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`
}
