import type { Logger } from '@ckan-uplink/core'

/**
 * Writes one JSON object per line, with nothing before it, so that CloudWatch finds its fields. With `console`, Lambda
 * would put a time and an id before it. https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
 */
export const lambdaLogger: Logger = {
  log(level, event, fields) {
    process.stdout.write(`${JSON.stringify({ level, event, ...fields })}\n`)
  },
}
