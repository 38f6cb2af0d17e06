/** The queue of events for receivers. It delivers each message at least once. */
export interface EventQueue {
  /** Rejects if the queue has not taken the message. */
  send(message: string): Promise<void>
}

/**
 * Sends one request to a public https address, or to this machine. Follows no redirect. Resolves to the status of the
 * answer; rejects when there is none.
 */
export type PostWebhook = (
  url: string,
  request: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
) => Promise<number>
