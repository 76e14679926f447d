import { type LoggerOptions, type Logger as PinoLogger, pino } from 'pino'

export type Logger = PinoLogger

/** The names of the log levels, the most talkative first. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** Never to be seen in a log, wherever an object carries them. */
const secrets = ['password', 'connectionString', 'authorization', 'cookie']

/** pg hangs the whole client, kilobytes of it, on the error of an idle connection. */
function withoutClient(error: Error): object {
  const { client: _, ...facts } = pino.stdSerializers.err(error)
  return facts
}

/** A logger that writes JSON lines, by default to the standard output, with the service's name in each. */
export function createLogger(
  name: string,
  level: LogLevel = 'info',
  destination?: NodeJS.WritableStream,
): Logger {
  const options: LoggerOptions = {
    level,
    base: { service: name },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: withoutClient },
    redact: { paths: [...secrets, ...secrets.map((secret) => `*.${secret}`)], censor: '…' },
  }
  return destination ? pino(options, destination) : pino(options)
}
