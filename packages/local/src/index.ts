export { openLocalFolder } from './local-folder.ts'
export { choosePorts, type Ports } from './ports.ts'
export { type LocalHandle, type LocalOptions, startLocal } from './start-local.ts'
