import { type Customer, makeCustomers } from '../proof/customers.ts'
import { CommandError } from '../scripts/commandLine.ts'
import type { LoadArguments } from './loadArguments.ts'
import { localUrls } from './loadTarget.ts'
import { localDatabase } from './localServers.ts'

/** Few: each costs the address that they come from two of its attempts (ATTEMPTS_PER_ADDRESS). */
const count = 10

type Environment = Readonly<Record<string, string | undefined>>

/** Users that the scripts log in as, made for this run. @throws CommandError `cannotRun` when they cannot be made. */
export async function prepareCustomers(args: LoadArguments, environment: Environment): Promise<Customer[]> {
  try {
    return await (args.kubernetes ? makeInCluster(args) : makeHere(args, environment))
  } catch (cause) {
    if (cause instanceof CommandError) throw cause
    const hint =
      'Start the systems shop and users, and set OPERATOR_TOKEN where the users service asks for it'
    throw new CommandError('cannotRun', `No users could be made: ${(cause as Error).message} ${hint}.`, {
      cause,
    })
  }
}

async function makeHere({ portOffset }: LoadArguments, environment: Environment): Promise<Customer[]> {
  const { default: pg } = await import('pg')
  const url = environment.USERS_DATABASE_URL ?? (await localDatabase('users', portOffset))
  const database = new pg.Pool({ connectionString: url, max: 1 })
  try {
    return await makeCustomers(count, {
      usersUrl: localUrls('users', portOffset, environment).users ?? '',
      operatorToken: environment.OPERATOR_TOKEN,
      database,
    })
  } finally {
    await database.end()
  }
}

async function makeInCluster({ namespace, release }: LoadArguments): Promise<Customer[]> {
  const { connectKube } = await import('../k8s/cluster/kube.ts')
  const { findRelease } = await import('../k8s/cluster/release.ts')
  const { Toolbox } = await import('../proof/inCluster/toolbox.ts')
  const kube = await connectKube()
  const toolbox = await Toolbox.open(kube, await findRelease(kube, { namespace, release }), 'users')
  try {
    return await toolbox.makeCustomers(count)
  } finally {
    await toolbox.close()
  }
}
