import { signal } from '@preact/signals'

/** Where the page is; filters are in the address, so that it can be sent to others. */
export const place = signal(new URL(location.href))

/** @param focus `stay` where the page is the same, with another filter. */
export function go(path: string, focus: 'title' | 'stay' = 'title'): void {
  history.pushState(null, '', path)
  if (focus === 'title') moved()
  else place.value = new URL(location.href)
}

function moved(): void {
  place.value = new URL(location.href)
  // Who uses a screen reader hears the title of the new page, and goes on from there.
  requestAnimationFrame(() => document.querySelector<HTMLElement>('h1')?.focus())
}

addEventListener('popstate', moved)

/** Follows links within the console without reloading the page; the browser handles links that open elsewhere. */
export function follow(event: MouseEvent): void {
  const link = (event.target as Element | null)?.closest?.('a')
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
  if (!link || !isPlain || event.defaultPrevented || link.target) return
  const url = new URL(link.href)
  if (url.origin !== location.origin || url.hash) return
  event.preventDefault()
  go(url.pathname + url.search)
}
