import { setTimeout as sleep } from 'node:timers/promises'
import type { FunctionsHost } from '@ckan-uplink/testing/clouds/azure'
import { identityToken } from './storage.ts'

/** The queue of events on the emulator, and the trigger of Functions that reads it. */
export interface EventQueueTrigger {
  /** Resolves once the trigger has ended its last round. */
  close(): Promise<void>
}

const ROUND_MS = 200
/** Azure's host waits five minutes before the next attempt, as `host.json` says. */
const NEXT_ATTEMPT_SECONDS = 1

const MESSAGE =
  /<MessageId>(?<id>[^<]+)<\/MessageId>.*?<PopReceipt>(?<receipt>[^<]+)<\/PopReceipt>.*?<MessageText>(?<text>[^<]*)<\/MessageText>/gsu

/** Azure creates the queue at the deployment. */
export async function createQueue(queueUrl: string): Promise<void> {
  const { status } = await call('PUT', queueUrl)
  if (status !== 201) throw new Error(`The emulator answered ${status} to the new queue ${queueUrl}.`)
}

/**
 * Does what the host of Functions does: it calls the function for each message, removes a message after success, and
 * leaves it for another attempt after a failure.
 * https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue-trigger
 */
export function startTrigger(queueUrl: string, host: () => Pick<FunctionsHost, 'url'>): EventQueueTrigger {
  const closing = new AbortController()
  const round = async () => {
    const answer = await call('GET', `${queueUrl}/messages?numofmessages=8&visibilitytimeout=${NEXT_ATTEMPT_SECONDS}`)
    for (const { groups = {} } of (await answer.text()).matchAll(MESSAGE)) {
      const input = Buffer.from(groups['text'] ?? '', 'base64').toString()
      const body = JSON.stringify({ input })
      const { ok } = await fetch(`${host().url}/admin/functions/webhooks`, { method: 'POST', body })
      const receipt = encodeURIComponent(groups['receipt'] ?? '')
      if (ok) await call('DELETE', `${queueUrl}/messages/${groups['id']}?popreceipt=${receipt}`)
    }
  }
  const rounds = async () => {
    while (!closing.signal.aborted) {
      // The app may be restarting.
      await round().catch(() => {})
      await sleep(ROUND_MS)
    }
  }
  const ended = rounds()
  return {
    async close() {
      closing.abort()
      await ended
    },
  }
}

function call(method: string, url: string): Promise<Response> {
  const headers = { Authorization: `Bearer ${identityToken()}`, 'x-ms-version': '2024-11-04', 'Content-Length': '0' }
  return fetch(url, { method, headers })
}
