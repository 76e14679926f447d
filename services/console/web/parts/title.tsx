import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

/** The title of a page, in the page and of the window; it gets the focus when the page is reached by a link. */
export function Title({ children }: { readonly children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${heading.current?.textContent} · Relevo`
  })
  return (
    <h1 tabIndex={-1} ref={heading}>
      {children}
    </h1>
  )
}
