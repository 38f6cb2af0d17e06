export {
  ConfigurationError,
  type Load,
  NotAllowedError,
  NotFoundError,
  RefusedError,
  UnavailableError,
  UplinkError,
} from '@ckan-uplink/core'
export type { Act, CallOptions, Params } from './actions.ts'
export type { Dataset, DatasetQuery } from './datasets.ts'
export type { Loader, LoadOptions } from './loads.ts'
export type { KeyedUpload, ShowStatuses, Statuses, UploadStatus } from './statuses.ts'
export type { Revocation, Token, Tokens } from './tokens.ts'
export { createUplink, type Uplink, type UplinkOptions } from './uplink.ts'
export type { IssuedUpload, RemovedUpload, ShownUpload } from './upload-answers.ts'
export type { Begun, Gate, Issued, Progress, Target, Uploaded, UploadOptions } from './upload-options.ts'
export type { Goal, WaitOptions } from './wait-for.ts'
