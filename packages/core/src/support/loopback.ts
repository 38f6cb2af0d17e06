/** Whether a URL's host is this machine. */
export function isLoopbackHost(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|.*\.localhost)$/u.test(hostname)
}
