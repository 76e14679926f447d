import { createAdmin } from '@relevo/kafka'
import { type Handlers, type ServiceContext, toKafkaConfig } from '@relevo/kit'
import { Actions } from './actions.ts'
import type { Endpoints } from './api.ts'
import type { ConsoleConfig } from './config.ts'
import { traceUrlBy } from './events/traceUrl.ts'
import { KafkaView } from './kafka/kafkaView.ts'
import { LiveStream } from './liveStream.ts'
import { keepSampling } from './overview/keepSampling.ts'
import { bundleOnce } from './pages/bundle.ts'
import { createHandlers } from './routes.ts'
import { Accounts } from './session/accounts.ts'
import { Sessions } from './session/sessions.ts'
import { sharedKey } from './session/sharedKey.ts'
import { Board } from './sources/board.ts'
import { serviceClient } from './sources/serviceClient.ts'

/** Puts the parts of the console together. */
export async function startConsole(context: ServiceContext<ConsoleConfig>): Promise<Handlers<Endpoints>> {
  const { config, pool, logger, registry, signal, onStop, fetch } = context
  const { host, sessionHours, maskedFields, maxStreams } = config
  const operatorToken = () => config.operatorTokenFile?.() || config.operatorToken
  const ask = serviceClient({ ...config, operatorToken, fetch })
  const board = new Board({ ask, services: config.services, lookIntervalMs: config.lookIntervalMs, logger })
  const admin = createAdmin({ ...toKafkaConfig(config), logger })
  onStop('kafka', () => admin.close())
  const actions = new Actions({ pool, logger })
  onStop('actions', () => actions.stop())
  const stream = new LiveStream({ board, registry, maxStreams })
  onStop('board', () => board.stop())
  // At the beginning of the stop: the server, which stops before the parts, waits for every page that is open.
  signal.addEventListener('abort', () => stream.stop(), { once: true })
  context.whenMigrated(() => {
    const sampling = keepSampling({ board, pool, logger, signal, historyHours: config.historyHours })
    onStop('samples', () => sampling)
  })
  return createHandlers({
    ask,
    board,
    stream,
    pool,
    maskedFields,
    traceUrl: traceUrlBy(config.traceUrl),
    kafka: { admin, view: new KafkaView(admin, config.answerTimeoutMs) },
    bundle: await bundleOnce(),
    actions,
    sessions: new Sessions({
      host,
      sessionHours,
      operatorToken,
      accounts: accountsOf(context),
      sharedKey: sharedKey(pool),
    }),
  })
}

/** As the systems name it. */
const usersService = 'users'

/** One logs in with an account where services ask for tokens, and the users are there. */
function accountsOf({
  config,
  identities,
  fetch,
  pool,
}: ServiceContext<ConsoleConfig>): Accounts | undefined {
  const users = config.services.find(({ name }) => name === usersService)
  if (users === undefined || !identities.required) return undefined
  return new Accounts({ url: users.url, fetch, pool, answerTimeoutMs: config.answerTimeoutMs, identities })
}
