import { BlockList, isIP, isIPv6 } from 'node:net'

/** The networks of the proxies that may say who the client is. @throws Error whose message completes "… must be". */
export function trustedProxies(networks: readonly string[]): BlockList {
  const trusted = new BlockList()
  for (const network of networks) {
    const [address = '', length = isIPv6(address) ? '128' : '32'] = network.trim().split('/')
    const family = isIP(address)
    if (family === 0 || !/^\d{1,3}$/.test(length) || Number(length) > (family === 6 ? 128 : 32))
      throw new Error('a list of networks, as 10.0.0.0/8')
    trusted.addSubnet(address, Number(length), family === 6 ? 'ipv6' : 'ipv4')
  }
  return trusted
}

/**
 * The address of the client: the peer of the connection or, where that is a proxy that is trusted, the last one in
 * X-Forwarded-For that is not. What stands left of that one is the client's word only.
 */
export function clientAddress(peer: string, forwardedFor: string | undefined, trusted: BlockList): string {
  const hops = [...(forwardedFor ?? '').split(',').map((hop) => hop.trim()), peer].map(withoutMapping)
  for (let n = hops.length - 1; n >= 0; n--) {
    const hop = hops[n] ?? ''
    if (isIP(hop) === 0) return hops[n + 1] ?? ''
    if (!trusted.check(hop, isIPv6(hop) ? 'ipv6' : 'ipv4')) return hop
  }
  return hops[0] ?? ''
}

/** Is the peer of the connection a proxy that may say how the client came? */
export function isTrusted(peer: string, trusted: BlockList): boolean {
  const address = withoutMapping(peer)
  return isIP(address) !== 0 && trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

/** What is limited together: an IPv4 address, or the /64 of IPv6 that one customer has. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail = ''] = address.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === '' ? [] : tail.split(':')
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0')
  const groups = address.includes('::') ? [...before, ...zeros, ...after] : before
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}

function withoutMapping(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}
