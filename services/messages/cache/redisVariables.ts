import { type Environment, pemFile, url } from '@relevo/kit'

/** Variables of the cache; use them with {@link checkRedis}. */
export const redisVariables = {
  redisUrl: url('REDIS_URL', ['redis', 'rediss'], {
    optional: true,
    doc: 'A Valkey or Redis that caches the newest events for less than a second, such as redis://user:password@host:6379/0; rediss:// uses TLS. Not set: no cache',
  }),
  redisCa: pemFile('REDIS_TLS_CA_FILE', {
    optional: true,
    doc: "CA certificates to verify its certificate; not set: the system's",
  }),
}

/** Finds what a client could not connect to, in a URL that is one. */
export function checkRedis({ REDIS_URL: text, REDIS_TLS_CA_FILE: ca }: Environment): string[] {
  if (!text) return ca ? ['REDIS_TLS_CA_FILE must be set with REDIS_URL, as rediss://…'] : []
  if (!URL.canParse(text)) return []
  const { protocol, hostname, pathname } = new URL(text)
  return [
    ...(hostname === '' ? ['REDIS_URL must name a host, as redis://user:password@host:6379/0'] : []),
    ...(/^\/?\d{0,5}$/.test(pathname)
      ? []
      : ['REDIS_URL must have nothing but the number of a database behind its host, as redis://host:6379/0']),
    ...(ca && protocol !== 'rediss:' ? ['REDIS_URL must begin with rediss:// for REDIS_TLS_CA_FILE'] : []),
  ]
}
