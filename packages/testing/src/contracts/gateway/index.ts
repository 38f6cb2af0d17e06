export { describeStaticFiles, STATIC_FILES } from './static-files.ts'
