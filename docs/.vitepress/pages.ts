// Which Markdown of the repository is a page of the site, and where.
import { posix } from 'node:path'

/** In the order of precedence: what a file's path matches, and the page that it is. */
const places: readonly (readonly [RegExp, string])[] = [
  [/^docs\/(.+)$/, '$1'],
  [/^packages\/([\w-]+)\/README\.md$/, 'packages/$1.md'],
  [/^services\/([\w-]+)\/README\.md$/, 'services/$1.md'],
  [/^charts\/relevo\/README\.md$/, 'reference/chart-values.md'],
  [/^charts\/relevo\/UPGRADING\.md$/, 'upgrading-chart.md'],
  [/^loadtest\/README\.md$/, 'load.md'],
  [/^CHANGELOG\.md$/, 'changelog.md'],
  [/^CONTRIBUTING\.md$/, 'contributing.md'],
]

/** The page that a Markdown file of the repository is; undefined: none. */
export function pageOf(file: string): string | undefined {
  if (!file.endsWith('.md')) return undefined
  const found = places.find(([pattern]) => pattern.test(file))
  return found && file.replace(found[0], found[1])
}

/** Where a relative link of a file leads: a path from the root of the repository, and what is behind `#`. */
export function targetOf(file: string, href: string): { readonly path: string; readonly anchor: string } {
  const [link = '', anchor = ''] = decodeURI(href).split('#')
  const path = link === '' ? file : posix.normalize(posix.join(posix.dirname(file), link)).replace(/\/$/, '')
  return { path, anchor }
}

/** Is a link one to a file of the repository? */
export function isRelative(href: string): boolean {
  return !/^(?:[a-z][\w+.-]*:|\/)/i.test(href)
}

/** The anchor of a heading, as GitHub makes it. */
export function slugOf(heading: string): string {
  return heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-')
}
