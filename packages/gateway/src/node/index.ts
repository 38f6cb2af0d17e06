/** Parts that only programs on Node use. */
export { postWebhook } from './post-webhook.ts'
export { createStaticFolder } from './static-folder.ts'
