export * from './event-grid-delivery.ts'
export * from './event-grid-edge.ts'
export * from './event-grid-event.ts'
export { type FunctionsHost, type FunctionsHostOptions, startFunctionsHost } from './functions-host/functions-host.ts'
