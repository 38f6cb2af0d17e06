export * from './decoder.ts'
