import { OWNER_ORG, PUBLIC_ID } from './gateway-fixture.ts'
import { signGrant } from './sign-grant.ts'

export const DATASET = '0b7c8f54-0f4e-4a43-8a39-3a8f1f3f2d10'

/** What CKAN's plugin states for a file to a public resource. */
export const TO_PUBLIC = {
  scope: 'upload',
  sub: 'grace',
  uid: 'grace-id',
  resource: PUBLIC_ID,
  dataset: DATASET,
  owner_org: OWNER_ORG,
  url: 'https://example.org/before.csv',
  last_modified: '2026-01-30T09:00:00.000000',
  format: 'CSV',
}

/** Signs a grant for an upload; a claim with the value `undefined` is left out. */
export function signUploadGrant(changes: Readonly<Record<string, unknown>> = {}): string {
  return signGrant({ claims: { ...TO_PUBLIC, ...changes } })
}
