import { ConfigurationError, messageOf } from '@ckan-uplink/core'
import { MIB, once } from '@ckan-uplink/core/support'
import { createGatewayApp } from './app.ts'
import { type HttpEvent, type HttpResult, toRequest, toResult } from './http-event.ts'
import { lambdaLogger as logger } from './logger.ts'

const gateway = once(() => createGatewayApp(process.env))

/** Lambda's limit for an answer: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_RESULT_BYTES = 6 * MIB

/** The gateway, behind an HTTP API or a Function URL. */
export async function handler(event: HttpEvent): Promise<HttpResult> {
  const request = toRequest(event)
  if (request === undefined) return problem(400, 'The method or a header of the request is invalid.')
  try {
    return await carry(await gateway().fetch(request))
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    logger.log('error', 'not_configured', { reason: messageOf(error) })
    return problem(503, 'The gateway is not configured: its log lists the missing settings.')
  }
}

/** Reads the answer, but no more than Lambda can pass on. CKAN may close the connection before its end. */
async function carry(response: Response): Promise<HttpResult> {
  let bytes = 0
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.length
      if (bytes <= MAX_RESULT_BYTES) controller.enqueue(chunk)
      else controller.error(new Error('The answer is too large.'))
    },
  })
  try {
    const result = await toResult(new Response(response.body?.pipeThrough(counter) ?? null, response))
    return Buffer.byteLength(JSON.stringify(result)) <= MAX_RESULT_BYTES ? result : tooLarge()
  } catch (error) {
    if (bytes > MAX_RESULT_BYTES) return tooLarge()
    logger.log('error', 'answer_broke_off', { reason: messageOf(error) })
    return problem(502, 'CKAN closed the connection before the end of its answer. Try again later.')
  }
}

function tooLarge(): HttpResult {
  return problem(502, 'The answer is larger than 6 MB, the limit of AWS Lambda: send this request to CKAN itself.')
}

/** https://www.rfc-editor.org/rfc/rfc9457 */
function problem(status: number, detail: string): HttpResult {
  const headers = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  }
  return {
    statusCode: status,
    headers,
    body: JSON.stringify({ type: 'about:blank', status, detail }),
    isBase64Encoded: false,
  }
}
