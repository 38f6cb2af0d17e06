export * from './ckan/index.ts'
export * from './decoder/index.ts'
export * from './gateway/index.ts'
export * from './store/index.ts'
