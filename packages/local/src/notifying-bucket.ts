/**
 * The script of a bucket for Miniflare: R2 notifies about every object, also when a Worker puts it by its binding,
 * and Miniflare about none. It runs in workerd, where it can import nothing.
 */
export const NOTIFYING_BUCKET = `
export default ({ INNER, EVENTS, BUCKET_NAME, PREFIX }) => {
  async function put(key, ...rest) {
    const object = await INNER.put(key, ...rest)
    if (object === null || !key.startsWith(PREFIX)) return object
    const { size, etag } = object
    const notification = {
      account: '0'.repeat(32),
      action: 'PutObject',
      bucket: BUCKET_NAME,
      object: { key, size, eTag: etag },
      eventTime: new Date().toISOString(),
    }
    const body = JSON.stringify(notification)
    await EVENTS.fetch('http://bucket-events/notification', { method: 'POST', body })
    return object
  }
  return new Proxy(INNER, {
    get(bucket, name) {
      const value = Reflect.get(bucket, name)
      return name === 'put' ? put : typeof value === 'function' ? value.bind(bucket) : value
    },
  })
}
`
