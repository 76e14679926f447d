import { ServiceError } from '@relevo/kit'
import type pg from 'pg'
import { readSessionKey } from '../sql/sessionKey.ts'

/** Reads the key that all replicas share, once. The returned function throws ServiceError `unavailable` without the database. */
export function sharedKey(pool: pg.Pool): () => Promise<Buffer> {
  let reading: Promise<Buffer> | undefined
  return () => {
    reading ??= readSessionKey(pool).catch((cause) => {
      reading = undefined
      throw new ServiceError('unavailable', 'Sessions cannot be read just now. Try again later.', { cause })
    })
    return reading
  }
}
