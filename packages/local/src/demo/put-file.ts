import { createReadStream } from 'node:fs'
import { request } from 'node:http'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'

export interface PutRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** Sends the file as it was signed, telling how many bytes have gone; throws what the storage says when it refuses. */
export async function putFile({ method, url, headers }: PutRequest, path: string, size: number, onProgress: (bytes: number) => void): Promise<void> {
  const upload = request(url, { method, headers: { ...headers, 'Content-Length': size } })
  const answered = new Promise<void>((resolve, reject) => {
    upload.once('error', reject).once('response', (response) => {
      response.resume()
      if (response.statusCode === 200) resolve()
      else reject(new Error(`The storage refused the file with status ${response.statusCode}.`))
    })
  })
  let sent = 0
  const count = new Transform({
    transform(chunk, _encoding, done) {
      sent += chunk.length
      onProgress(sent)
      done(undefined, chunk)
    },
  })
  await Promise.all([pipeline(createReadStream(path), count, upload), answered])
}
