export { findInstance, type Instance, readToken } from './connect.ts'
export { createPrinter, type Printer } from './printer.ts'
export { type Extension, run } from './program.ts'
export { UsageError } from './usage-error.ts'
