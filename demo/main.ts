// npm run demo [-- data]: the cases of the seed on a running shop, step by step; or sample data for it.
import { CommandError, readArguments, runCommand } from '../scripts/commandLine.ts'
import { declinedPayment } from './cases/declinedPayment.ts'
import { failedNotification } from './cases/failedNotification.ts'
import { insufficientStock } from './cases/insufficientStock.ts'
import { successfulOrder } from './cases/successfulOrder.ts'
import { userAccount } from './cases/userAccount.ts'
import { fillIn, sampleProducts } from './data.ts'
import { followSteps } from './followSteps.ts'
import { localPlaces, type Places, type UserUrls } from './places.ts'
import { Shop } from './shop.ts'

const usage = `npm run demo [-- data|users] [--kubernetes [--namespace NS] [--release NAME]]
Runs four orders through the shop and shows what each service did: a successful one, one for which the stock does not
suffice, one whose notification ends in the dead letters and is redriven, and one whose payment is declined.
  users          a user instead, who registers, verifies the address, logs in, orders through the gateway, and is disabled; where
                 users, profiles, gateway and the mail server of npm start run as well
  data           fills in sample products, and nothing else
  --kubernetes   with the release of the current kubeconfig, by forwarded ports; without, with the npm start that runs
                 here (RELEVO_DATA_DIRECTORY, if that was given one), or INVENTORY_URL, ORDERS_URL, PAYMENTS_URL and
                 SHOP_NOTIFICATIONS_URL`

const cases = [successfulOrder, insufficientStock, failedNotification, declinedPayment]

async function main(args: string[]): Promise<number> {
  const { positionals, values } = readArguments(args, {
    kubernetes: { type: 'boolean' },
    namespace: { type: 'string', short: 'n' },
    release: { type: 'string', short: 'r' },
  })
  const [what = 'cases', ...rest] = positionals
  if (rest.length > 0 || !['cases', 'data', 'users'].includes(what))
    throw new CommandError('usage', `There is nothing like ${[what, ...rest].join(' ')} to show.`)
  const places = await findPlaces(values)
  try {
    return await show(what, new Shop(places.urls, places.operatorToken), places.users)
  } finally {
    places.close()
  }
}

async function findPlaces(values: {
  kubernetes?: boolean
  namespace?: string
  release?: string
}): Promise<Places> {
  if (!values.kubernetes) return localPlaces(process.env)
  // Loaded only here, for the Kubernetes client is large.
  const { releasePlaces } = await import('./releasePlaces.ts')
  return releasePlaces(values)
}

async function show(what: string, shop: Shop, users: UserUrls | undefined): Promise<number> {
  const print = (line: string) => console.log(line)
  const products = what === 'data' ? sampleProducts : sampleProducts.slice(0, 2)
  print('\n📦 Productos')
  for (const line of await fillIn(shop, products)) print(line)
  if (what === 'data') return 0
  const orders = cases.filter(({ isOfMail }) => shop.sendsMail || !isOfMail)
  const shown = what === 'users' ? [caseOf(users)] : orders
  let failed = 0
  for (const [n, each] of shown.entries()) {
    print(`\nCaso ${n + 1}: ${each.title}`)
    const complete = await followSteps(await each.begin(shop), print)
    print(
      complete
        ? `  Resultado: ${each.result}`
        : '  Resultado: no llegó a su fin; vea los logs de los servicios',
    )
    if (!complete) failed += 1
  }
  if (what === 'cases' && orders.length < cases.length)
    print('\nNingún servicio envía emails aquí: las notificaciones no se muestran')
  print(
    failed === 0
      ? `\n✅ Los ${shown.length} casos terminaron como debían`
      : `\n❌ ${failed} de ${shown.length} casos no terminaron`,
  )
  return failed === 0 ? 0 : 1
}

/** @throws CommandError `cannotRun` where not all of it is there. */
function caseOf(users: UserUrls | undefined) {
  if (users === undefined)
    throw new CommandError(
      'cannotRun',
      'No npm start with users, profiles, gateway and a mail server runs here.',
    )
  return { ...userAccount, begin: (shop: Shop) => userAccount.begin(shop, users) }
}

await runCommand(usage, main)
