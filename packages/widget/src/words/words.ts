/** The texts of the component. `{…}` is replaced. */
export interface Words {
  readonly choose: string
  readonly chooseFile: string
  readonly chooseFolder: string
  readonly drop: string
  readonly dropFile: string
  readonly files: string
  readonly total: string
  readonly pause: string
  readonly resume: string
  readonly retry: string
  readonly cancel: string
  readonly forget: string
  readonly unfinished: string
  readonly chooseAgain: string
  /** On the page after a form that was saved before its file had arrived. */
  readonly savedUnfinished: string
  readonly waiting: string
  readonly checking: string
  readonly sending: string
  readonly paused: string
  readonly ready: string
  readonly arrived: string
  readonly proposed: string
  readonly linked: string
  readonly loaded: string
  readonly failed: string
  readonly cancelled: string
  /** `{sent}` and `{size}` are sizes. */
  readonly progress: string
  /** `{time}` is a duration. */
  readonly left: string
  /** `{done}` and `{all}` are numbers of files. */
  readonly filesDone: string
  readonly fileAdded: string
  /** `{count}` is a number of files. */
  readonly filesAdded: string
  readonly proposals: string
  readonly proposalsAbout: string
  /** `{person}` is a user name. */
  readonly byLink: string
  readonly open: string
  readonly accept: string
  readonly refuse: string
  readonly reason: string
  readonly keep: string
  readonly deciding: string
  readonly refused: string
  readonly cannotOpen: string
  readonly versions: string
  readonly olderVersions: string
  readonly noVersions: string
  readonly current: string
  readonly replaced: string
  readonly withdrawn: string
  readonly isRestored: string
  readonly restore: string
  /** `{name}` and `{present}` are names of files. */
  readonly restoreAbout: string
  /** CKAN shows none of the listed files. */
  readonly restoreOver: string
  /** CKAN shows an address that is no file of the gateway. */
  readonly restoreOverAddress: string
  readonly gone: string
  /** Files by grants and upload links go in parts, which an empty file lacks. */
  readonly emptyFile: string
  readonly tooMany: string
  readonly notSetUp: string
}
