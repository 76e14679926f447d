import { defineService, runService, ServiceError } from '@relevo/kit'
import { api } from './api.ts'
import { ensureAdmin } from './commands/ensureAdmin.ts'
import { config, type UsersConfig } from './config.ts'
import { database } from './database.ts'
import { Passwords } from './passwords/passwords.ts'
import { createHandlers } from './routes.ts'
import { type KeyedHash, openKeyedHash } from './secrets/keyedHash.ts'
import { parseMasterKeys } from './secrets/masterKeys.ts'
import { PersonalKeys } from './secrets/personalKeys.ts'
import { rewrapKeys } from './secrets/rewrapKeys.ts'
import { keepTidy } from './tidy.ts'
import { Sessions } from './tokens/sessions.ts'
import { SigningKeys } from './tokens/signingKeys.ts'
import { createUserStore, type Users } from './users.ts'

/** Longer than the skew that verifiers allow. */
const keyGraceMs = 300_000

export const service = defineService({
  name: 'users',
  config,
  database,
  api,
  start: (context) => {
    const { pool, logger, registry, signal, identities, whenMigrated, fail } = context
    const { config } = context
    const masterKeys = parseMasterKeys(config.masterKeysFile?.() || config.masterKeys || '')
    const keys = new SigningKeys({ pool, masterKeys, logger, times: keyTimes(config) })
    identities.loadKeysBy(async () => keys.jwks())
    let hash: KeyedHash | undefined
    const users: Users = {
      pool,
      config,
      logger,
      store: createUserStore(registry),
      personalKeys: new PersonalKeys(masterKeys),
      passwords: new Passwords({ atOnce: config.hashesAtOnce, waiting: config.hashesWaiting }),
      sessions: new Sessions(keys, {
        issuer: config.authIssuer,
        audience: config.authAudience,
        accessSeconds: Math.floor(config.accessTokenMs / 1000),
        refreshLifeMs: config.refreshTokenMs,
      }),
      get hash() {
        if (hash) return hash
        throw new ServiceError('unavailable', 'The database is not ready yet. Try again later.')
      },
    }
    const begin = async () => {
      hash = await openKeyedHash(pool, masterKeys)
      await keys.refresh()
      await ensureAdmin(users)
      const rewrapped = await rewrapKeys(pool, masterKeys, signal)
      if (rewrapped > 0) logger.info({ rewrapped }, 'keys are encrypted with the current master key')
      void keys.keep(signal)
      void keepTidy(users, signal)
      logger.info({}, '👤 Users Service started')
    }
    whenMigrated(() => void begin().catch(fail))
    return createHandlers(users, keys)
  },
})

function keyTimes(config: UsersConfig) {
  const { signingKeyRotateMs: rotateMs, signingKeyAheadMs: publishAheadMs, signingKeyPollMs: pollMs } = config
  return { rotateMs, publishAheadMs, pollMs, keepMs: config.accessTokenMs + keyGraceMs }
}

if (import.meta.main) await runService(service, process.env)
