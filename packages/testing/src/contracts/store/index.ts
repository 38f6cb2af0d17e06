export * from './object-store.ts'
export * from './upload-signer.ts'
