import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Ministack, programOf } from '../../../../scripts/aws/ministack/ministack.ts'
import type { Answer } from '../../../support/ckan-calls.ts'

/** Calls AWS by boto3's names of a service and its operation, such as `s3` and `head_object`. Throws AWS's refusal. */
export type AwsCalls = (service: string, operation: string, parameters?: object) => Promise<Answer>

export interface Keys {
  readonly AccessKeyId: string
  readonly SecretAccessKey: string
  readonly SessionToken?: string
}

/** Calls with these keys, by default with those of the root of the emulator's account. */
export function createAwsCalls({ url, env, certificate }: Ministack, keys?: Keys): AwsCalls {
  const options = {
    endpoint_url: url,
    region_name: env['AWS_REGION'],
    verify: certificate ?? null,
    aws_access_key_id: keys?.AccessKeyId ?? env['AWS_ACCESS_KEY_ID'],
    aws_secret_access_key: keys?.SecretAccessKey ?? env['AWS_SECRET_ACCESS_KEY'],
    aws_session_token: keys?.SessionToken ?? null,
  }
  return async (service, operation, parameters = {}) => {
    caller ??= startCaller()
    const { answer, error } = await caller({ service, operation, parameters, options })
    // Not the call itself, because its parameters may hold a secret.
    if (error !== undefined) throw new Error(`${service} ${operation}: ${error}`)
    return answer
  }
}

interface Called {
  readonly answer?: Answer
  readonly error?: string
}

let caller: ReturnType<typeof startCaller> | undefined

/** One Python makes all calls of this process, and ends with it. */
function startCaller(): (call: object) => Promise<Called> {
  const waiting = new Map<number, (called: Called) => void>()
  let last = 0
  const child = spawn(programOf('python'), [join(import.meta.dirname, 'aws_calls.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.unref()
  child.once('close', (code) => {
    caller = undefined
    for (const end of waiting.values()) end({ error: `Python ended with ${code}.` })
  })
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { number, ...called } = JSON.parse(line)
    waiting.get(number)?.(called)
    waiting.delete(number)
  })
  return (call) =>
    new Promise((resolve) => {
      last += 1
      waiting.set(last, resolve)
      child.stdin.write(`${JSON.stringify({ number: last, ...call })}\n`)
    })
}
