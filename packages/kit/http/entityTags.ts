import { ServiceError } from '../serviceError.ts'

/** The strong entity tag (RFC 9110, 8.8.3) of what has this version. */
export function entityTag(version: number): string {
  return `"${version}"`
}

const mostTags = 100
const oneTag = /[\s,]*(?<tag>(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?=,|$)/y

/** The tags of a list, or `*`; undefined when it is none. */
export function entityTagsOf(list: string): readonly string[] | undefined {
  if (list.trim() === '*') return ['*']
  const form = new RegExp(oneTag)
  const tags: string[] = []
  while (form.lastIndex < list.length) {
    const tag = form.exec(list)?.groups?.tag
    if (tag === undefined || tags.length === mostTags) return undefined
    tags.push(tag)
  }
  return tags.length === 0 ? undefined : tags
}

/**
 * Lets a change through when the client has seen what it changes: `tag` is among those of its `If-Match`, compared strongly. Call it
 * once it is certain that the target is there and may be changed (RFC 9110, 13.2.1).
 * @throws ServiceError `preconditionRequired` without the header, `preconditionFailed` when it names others, `invalidRequest`
 * when it holds no entity tags.
 */
export function requireMatch(ifMatch: string | undefined, tag: string): void {
  if (ifMatch === undefined)
    throw new ServiceError(
      'preconditionRequired',
      'Read it first, and send its ETag as If-Match, so that no change of others is lost.',
    )
  const tags = entityTagsOf(ifMatch)
  if (tags === undefined)
    throw new ServiceError(
      'invalidRequest',
      'The header "if-match" must be an ETag, quotes included, several of them, or *.',
    )
  // A weak one, W/"…", is no strong tag.
  if (tags.includes('*') || tags.includes(tag)) return
  throw new ServiceError(
    'preconditionFailed',
    'It was changed meanwhile. Read it again, and change what you find then.',
    { headers: { etag: tag } },
  )
}

/** Has the client what there is, by its `If-None-Match`, compared weakly? Then the answer to a GET is 304. */
export function isUnchanged(ifNoneMatch: string | undefined, tag: string): boolean {
  const tags = ifNoneMatch === undefined ? [] : (entityTagsOf(ifNoneMatch) ?? [])
  return tags.some((each) => each === '*' || each.replace(/^W\//, '') === tag)
}
