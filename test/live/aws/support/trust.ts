import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { Ministack } from '../../../../scripts/aws/ministack/ministack.ts'

/** Makes this process and its curl trust the emulator's certificate. */
export function trust({ certificate }: Pick<Ministack, 'certificate'>): void {
  if (certificate === undefined) return
  setDefaultCACertificates([...getCACertificates(), readFileSync(certificate, 'utf8')])
  process.env['CURL_CA_BUNDLE'] = certificate
}
