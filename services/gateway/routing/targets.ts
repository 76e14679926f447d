/**
 * Reads `name=base URL` with commas between: where each service is.
 * @throws Error whose message completes "… must be".
 */
export function parseTargets(text: string): ReadonlyMap<string, string> {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
  return new Map(items.map(parseTarget))
}

function parseTarget(item: string): readonly [name: string, origin: string] {
  const [, name = '', url = ''] = /^([a-z0-9-]+)=(.+)$/.exec(item) ?? []
  if (name === '' || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new Error('a list of name=http://host:port')
  return [name, new URL(url).origin]
}
