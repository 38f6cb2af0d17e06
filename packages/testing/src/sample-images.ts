/** The same 3 × 2 pixels in every kind of image that is taken. */
export const SAMPLE_IMAGES = {
  avif: {
    mimetype: 'image/avif',
    bytes: bytesOf(
      'AAAAHGZ0eXBhdmlmAAAAAG1pZjFhdmlmbWlhZgAAANRtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAAA+AABAAAAAAAAADMAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABhdjAxAAAAAA5waXRtAAAAAAABAAAAVGlwcnAAAAA2aXBjbwAAAAxhdjFDgSACAAAAABRpc3BlAAAAAAAAAAMAAAACAAAADnBpeGkAAAAAAQgAAAAWaXBtYQAAAAAAAAABAAEDgQIDAAAAO21kYXQSAAoIOAQrSAhoNIAyJRxCYuTgABY66P9azCbyFVOXDt3OZs4ry/LOf6RYJNp03EqwQMY=',
    ),
  },
  gif: {
    mimetype: 'image/gif',
    bytes: bytesOf('R0lGODlhAwACAIIAAExpcQD/AP//AP8AAAD//wAA//8A/wAAACH5BAUAAAAALAAAAAADAAIAAAMEOFFClgA7'),
  },
  jpeg: {
    mimetype: 'image/jpeg',
    bytes: bytesOf(
      '/9j/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAACAAMDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAL/xAAdEAABAgcAAAAAAAAAAAAAAAAAAQMCBBMUIVFS/8QAFQEBAQAAAAAAAAAAAAAAAAAABAX/xAAbEQACAQUAAAAAAAAAAAAAAAAAAQIDMjNxsf/aAAwDAQACEQMRAD8AieZau3EpwYXlNAAs0MUdLgqFqP/Z',
    ),
  },
  png: {
    mimetype: 'image/png',
    bytes: bytesOf(
      'iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAGElEQVQImWP4z8DAAMH//zMw/P//n+E/AErJCPgyknoBAAAAAElFTkSuQmCC',
    ),
  },
  webp: {
    mimetype: 'image/webp',
    bytes: bytesOf(
      'UklGRlAAAABXRUJQVlA4IEQAAAAwAgCdASoDAAIABABoJagCdEcAZIACzZmmYADOPlbo0dOyyi17ojqL/x/yyv/k3/+SP4R8sr/5N/YjCzSeRjLrKAAAAA==',
    ),
  },
  webpLossless: {
    mimetype: 'image/webp',
    bytes: bytesOf('UklGRjQAAABXRUJQVlA4TCgAAAAvAkAAAC8gEEjaH3qN+RcQFPk/2vwHH0QCg0K2EeDQvQSncBH9j2MF'),
  },
} as const

/** A PNG of so many pixels, as far as its header goes; `salt` makes it another one of the same size. */
export function pngOf(width: number, height: number, salt = ''): Uint8Array {
  const bytes = new Uint8Array([...SAMPLE_IMAGES.png.bytes, ...new TextEncoder().encode(salt)])
  const header = new DataView(bytes.buffer)
  header.setUint32(16, width)
  header.setUint32(20, height)
  return bytes
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}
