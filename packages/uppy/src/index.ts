export { CkanUplink, type CkanUplinkOptions } from './ckan-uplink.ts'
export type { CkanUplinkBody } from './report.ts'
