export * from './queues-stand-in.ts'
export * from './r2-event-edge.ts'
export * from './r2-notification.ts'
export type { ObjectState } from './r2-reading.ts'
