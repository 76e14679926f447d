import {
  bool,
  type ConfigOf,
  checkAuth,
  checkKafka,
  databaseVariables,
  defineConfig,
  duration,
  type Environment,
  httpVariables,
  int,
  processVariables,
  secret,
  secretFile,
  string,
  url,
} from '@relevo/kit'
import { developmentKeyId, parseMasterKeys } from './secrets/masterKeys.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

const secretVariables = {
  masterKeys: secret('USERS_MASTER_KEYS', {
    optional: true,
    doc: 'The keys that encrypt all others: comma-separated id:key, the current one first; a key is 32 bytes in base64',
  }),
  masterKeysFile: secretFile('USERS_MASTER_KEYS_FILE', {
    optional: true,
    doc: 'A file with them instead',
  }),
  adminEmail: string('ADMIN_EMAIL', {
    optional: true,
    doc: 'The e-mail address of the first admin, who is created at startup if nobody has it',
  }),
  adminPassword: secret('ADMIN_PASSWORD', { optional: true, doc: 'The password of the first admin' }),
  adminPasswordFile: secretFile('ADMIN_PASSWORD_FILE', { optional: true, doc: 'A file with it instead' }),
}

const tokenVariables = {
  accessTokenMs: duration('ACCESS_TOKEN_MS', {
    default: 600_000,
    min: 1_000,
    max: 3_600_000,
    doc: 'How long an access token is valid; the longest that verifiers let through is an hour',
  }),
  refreshTokenMs: duration('REFRESH_TOKEN_MS', {
    default: 30 * dayMs,
    min: 1_000,
    doc: 'How long a refresh token may be used',
  }),
  signingKeyRotateMs: duration('SIGNING_KEY_ROTATE_MS', {
    default: 30 * dayMs,
    min: 1_000,
    doc: 'Age at which a signing key gets a successor',
  }),
  signingKeyAheadMs: duration('SIGNING_KEY_AHEAD_MS', {
    default: 900_000,
    min: 0,
    doc: 'How long a signing key is published before it signs; longer than verifiers keep keys, which is 5 minutes',
  }),
  signingKeyPollMs: duration('SIGNING_KEY_POLL_MS', {
    default: 10_000,
    min: 10,
    doc: 'How often it checks for signing keys that are due, or that another replica has created',
  }),
}

const limitVariables = {
  hashesAtOnce: int('PASSWORD_HASHES', {
    default: 1,
    min: 1,
    max: 4,
    doc: 'Passwords hashed concurrently: each takes a core and 19 MiB for some 30 ms. As many as there are cores make every other request wait for one',
  }),
  hashesWaiting: int('PASSWORD_QUEUE', {
    default: 20,
    min: 0,
    max: 1_000,
    doc: 'Passwords that may wait to be hashed; further requests get 429',
  }),
  attemptWindowMs: duration('ATTEMPT_WINDOW_MS', {
    default: 900_000,
    min: 1_000,
    doc: 'The window in which attempts are counted',
  }),
  attemptsPerAccount: int('ATTEMPTS_PER_ACCOUNT', {
    default: 10,
    min: 1,
    doc: 'Attempts to log in to one account from one address in that time; five times as many from all addresses',
  }),
  attemptsPerAddress: int('ATTEMPTS_PER_ADDRESS', {
    default: 100,
    min: 1,
    doc: 'Attempts to register, log in or use a code from one address in that time',
  }),
  trustForwardedFor: bool('TRUST_FORWARDED_FOR', {
    default: false,
    doc: "Take the client's address from the last entry of X-Forwarded-For: only if nobody but a gateway can connect",
  }),
  answerFloorMs: duration('ANSWER_FLOOR_MS', {
    default: 100,
    min: 0,
    max: 10_000,
    doc: 'Minimum time of answers that must not reveal by their duration whether an address is known, apart from hashing',
  }),
}

const mailVariables = {
  mailLifeMs: duration('MAIL_CODE_MS', {
    default: hourMs * 24,
    min: 1_000,
    doc: 'How long the code in a mail is valid',
  }),
  mailsPerUser: int('MAILS_PER_USER', {
    default: 5,
    min: 1,
    doc: 'Maximum number of mails with valid codes per user',
  }),
  mailLinkUrl: url('MAIL_LINK_URL', ['http', 'https'], {
    optional: true,
    doc: 'The page that links in mails lead to; purpose and code are appended as #purpose=…&token=…',
  }),
  abandonedMs: duration('ABANDONED_MS', {
    default: 7 * dayMs,
    min: 1_000,
    doc: 'Age at which a user with an unverified address is erased',
  }),
}

/** What the users can be set to. */
export const config = defineConfig(
  {
    ...processVariables,
    ...httpVariables(5007),
    ...databaseVariables,
    ...secretVariables,
    ...tokenVariables,
    ...limitVariables,
    ...mailVariables,
  },
  checkAuth,
  checkKafka,
  checkMasterKeys,
  checkAdmin,
)

export type UsersConfig = ConfigOf<typeof config>

function checkMasterKeys({ USERS_MASTER_KEYS, USERS_MASTER_KEYS_FILE, HOST }: Environment): string[] {
  if (USERS_MASTER_KEYS_FILE) return [] // It is read, and its absence told, as that variable.
  if (!USERS_MASTER_KEYS)
    return ['USERS_MASTER_KEYS or USERS_MASTER_KEYS_FILE must be set: the keys that encrypt all others']
  try {
    const { current } = parseMasterKeys(USERS_MASTER_KEYS)
    const isPublic = HOST !== undefined && !/^(|localhost|127\.0\.0\.1|::1)$/.test(HOST)
    return current === developmentKeyId && isPublic
      ? ['USERS_MASTER_KEYS must not be the one for development where HOST is not this machine']
      : []
  } catch (error) {
    return [`USERS_MASTER_KEYS must be ${error instanceof Error ? error.message : error}`]
  }
}

function checkAdmin({ ADMIN_EMAIL, ADMIN_PASSWORD, ADMIN_PASSWORD_FILE }: Environment): string[] {
  const hasPassword = Boolean(ADMIN_PASSWORD || ADMIN_PASSWORD_FILE)
  if (Boolean(ADMIN_EMAIL) === hasPassword) return []
  return ['ADMIN_EMAIL and ADMIN_PASSWORD or ADMIN_PASSWORD_FILE belong together: set both or none']
}
