import { pbkdf2Sync, randomBytes } from 'node:crypto'

const iterations = 4096

/** Gives a user of Kafka a password for SCRAM, the one it had is refused from then on. By a listener that wants none. */
export async function setScramPassword(broker: string, name: string, password: string): Promise<void> {
  // It takes half a second to load, which is for the few who want it.
  const { alterUserScramCredentialsV0, Connection, ScramMechanisms } = await import('@platformatic/kafka')
  const connection = new Connection('test')
  const [host = '', port] = broker.split(':')
  await connection.connect(host, Number(port))
  try {
    const users = (['sha256', 'sha512'] as const).map((hash) => {
      const salt = randomBytes(16)
      const saltedPassword = pbkdf2Sync(password, salt, iterations, hash === 'sha256' ? 32 : 64, hash)
      const mechanism = hash === 'sha256' ? ScramMechanisms.SCRAM_SHA_256 : ScramMechanisms.SCRAM_SHA_512
      return { name, mechanism, iterations, salt, saltedPassword }
    })
    for (const user of users) await alterUserScramCredentialsV0.api.async(connection, [], [user])
  } finally {
    await connection.close()
  }
}
