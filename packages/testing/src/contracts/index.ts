export * from './ckan/index.ts'
export * from './store/index.ts'
