import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { inTransaction, type Logger, ServiceError, type VerificationKey } from '@relevo/kit'
import type pg from 'pg'
import type { MasterKeys } from '../secrets/masterKeys.ts'
import {
  deleteRetiredKeys,
  insertSigningKey,
  type KeyAges,
  listSigningKeys,
  lockSigningKeys,
  type SigningKeyRow,
} from '../sql/signingKeys.ts'

export interface KeyTimes {
  /** Age at which a key gets a successor. */
  readonly rotateMs: number
  /** How long a key is published before it signs: longer than verifiers keep a set. */
  readonly publishAheadMs: number
  /** How long a key is published after its successor began to sign: longer than a token lives. */
  readonly keepMs: number
  /** How often this process looks for keys that others made. */
  readonly pollMs: number
}

export interface SigningKeysParts {
  readonly pool: pg.Pool
  readonly masterKeys: MasterKeys
  readonly times: KeyTimes
  readonly logger: Logger
}

export interface Signer {
  readonly kid: string
  readonly key: KeyObject
}

/** The keys that access tokens are signed with; their private parts are encrypted in the database. */
export class SigningKeys {
  readonly #parts: SigningKeysParts
  #signer: Signer | undefined
  #published: readonly VerificationKey[] = []

  constructor(parts: SigningKeysParts) {
    this.#parts = parts
  }

  /** @throws ServiceError `unavailable` before the keys were read. */
  signer(): Signer {
    if (this.#signer) return this.#signer
    throw new ServiceError('unavailable', 'There is no key to sign with yet. Try again later.', {
      headers: { 'retry-after': '2' },
    })
  }

  /** The public keys: those that sign, will sign and have signed. */
  jwks(): { readonly keys: readonly VerificationKey[] } {
    return { keys: this.#published }
  }

  /** Makes a successor now; it signs once it was published for long enough. */
  async rotate(): Promise<string> {
    const { pool, times } = this.#parts
    const kid = await inTransaction(pool, async (client) => {
      const { count } = await lockSigningKeys(client)
      return this.#create(client, count === 0 ? 0 : times.publishAheadMs)
    })
    await this.refresh()
    return kid
  }

  /** Makes what is due, removes what is over, and reads what there is. */
  async refresh(): Promise<void> {
    const { pool, times } = this.#parts
    await inTransaction(pool, async (client) => {
      const due = dueKey(await lockSigningKeys(client), times)
      if (due !== undefined) await this.#create(client, due)
      await deleteRetiredKeys(client, times.keepMs)
    })
    this.#take(await listSigningKeys(pool))
  }

  /** Until the signal; never rejects. */
  async keep(signal: AbortSignal): Promise<void> {
    const { times, logger } = this.#parts
    while (!signal.aborted) {
      await this.refresh().catch((err) =>
        logger.warn({ err }, 'signing keys cannot be read; the last ones hold'),
      )
      await delay(times.pollMs, undefined, { signal }).catch(() => {})
    }
  }

  #take(rows: readonly SigningKeyRow[]): void {
    this.#published = rows.map(({ kid, publicKey: x }) => ({
      kty: 'OKP',
      crv: 'Ed25519',
      x,
      kid,
      alg: 'EdDSA',
      use: 'sig',
    }))
    const signing = rows.find(({ signs }) => signs)
    if (signing === undefined || signing.kid === this.#signer?.kid) return
    this.#signer = { kid: signing.kid, key: this.#open(signing) }
    this.#parts.logger.info({ kid: signing.kid }, 'access tokens are signed with this key')
  }

  #open(row: SigningKeyRow): KeyObject {
    const bytes = this.#parts.masterKeys.unwrap(`signing:${row.kid}`, row)
    return createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' })
  }

  async #create(client: pg.PoolClient, signsInMs: number): Promise<string> {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const kid = randomBytes(12).toString('base64url')
    const { x = '' } = publicKey.export({ format: 'jwk' })
    const bytes = privateKey.export({ format: 'der', type: 'pkcs8' })
    const wrapped = this.#parts.masterKeys.wrap(`signing:${kid}`, bytes)
    await insertSigningKey(client, { kid, publicKey: x, ...wrapped }, signsInMs)
    this.#parts.logger.info({ kid, signsInMs }, 'signing key made')
    return kid
  }
}

/** In how many milliseconds a key that is to be made now signs; undefined when none is due. */
export function dueKey(
  { count, newestMs }: KeyAges,
  times: Pick<KeyTimes, 'rotateMs' | 'publishAheadMs'>,
): number | undefined {
  if (count === 0) return 0
  return (newestMs ?? 0) >= times.rotateMs ? times.publishAheadMs : undefined
}
