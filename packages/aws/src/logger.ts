import type { Logger } from '@ckan-uplink/core'

/**
 * One JSON object a line and nothing before it, so that CloudWatch finds its fields: through `console`, Lambda begins the
 * line with a time and an id. https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
 */
export const lambdaLogger: Logger = {
  log(level, event, fields) {
    process.stdout.write(`${JSON.stringify({ level, event, ...fields })}\n`)
  },
}
