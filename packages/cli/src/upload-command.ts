/** The options of `ckan-uplink upload`. */
export interface UploadCommand {
  readonly resource?: string
  readonly dataset?: string
  readonly replaceByName: boolean
  readonly name?: string
  /** Whether a resource's name is the file's name or its path below the folder. Default: see `chooseDestinations`. */
  readonly names?: 'file' | 'path'
  readonly format?: string
  readonly partsAtOnce: number
  /** How many files and parts of a folder to send at the same time. */
  readonly filesAtOnce: number
  readonly checksum: boolean
  readonly resume: boolean
  readonly wait: 'linked' | 'loaded' | 'none'
  /** In seconds. */
  readonly timeout: number
}
