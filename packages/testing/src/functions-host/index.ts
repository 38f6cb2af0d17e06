export { type FunctionsHost, type FunctionsHostOptions, startFunctionsHost } from './functions-host.ts'
