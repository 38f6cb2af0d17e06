export * from './dead-letters.ts'
export * from './multipart-signer.ts'
export * from './object-store.ts'
export * from './upload-signer.ts'
