export * from './ckan-stand-in/index.ts'
export * from './event-edges/index.ts'
export * from './memory-store.ts'
export * from './sample-images.ts'
