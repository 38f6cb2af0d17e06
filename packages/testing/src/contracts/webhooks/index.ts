export { describeWebhooks, type WebhooksSubject } from './webhooks.ts'
