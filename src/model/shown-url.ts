/** A URL without what it may hold of a login or a token. */
export function shownUrl(url: string): string {
  if (!URL.canParse(url)) return url.split('?')[0] ?? ''
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}
