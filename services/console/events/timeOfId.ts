/** When a UUID of version 7 was made, in milliseconds since 1970; undefined for others (RFC 9562 section 5.7). */
export function timeOfId(id: string): number | undefined {
  return id[14] === '7' ? Number.parseInt(id.replace('-', '').slice(0, 12), 16) : undefined
}
