/** A log sequence number: an offset into the write-ahead log, in bytes. */
export type Lsn = bigint

/** Reads the text that Postgres writes a pg_lsn as, for example `0/16B3748`. */
export function parseLsn(text: string): Lsn {
  const [high, low, ...rest] = text.split('/')
  if (!high || !low || rest.length > 0) throw new TypeError(`"${text}" is not an LSN`)
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`)
}

/** Writes an LSN as Postgres reads it. */
export function formatLsn(lsn: Lsn): string {
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`.toUpperCase()
}
