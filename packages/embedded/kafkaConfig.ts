export interface KafkaConfigOptions {
  port: number
  controllerPort: number
  dataDirectory: string
  /** The node's number when it joins the controller of another; without it, it is number 1 and the controller itself. */
  joinsAs?: number
  /** Broker settings, by their names in server.properties; they win over the defaults. */
  settings?: Record<string, string>
}

/**
 * How soon a group reassigns the partitions of a dead consumer: after 3.5 s without heartbeats, with two heartbeats a
 * second. Kafka's default is 45 s, with a heartbeat every 5 s. The chart has the same.
 */
export const takeover: Readonly<Record<string, string>> = {
  'group.consumer.session.timeout.ms': '3500',
  'group.consumer.min.session.timeout.ms': '3500',
  'group.consumer.heartbeat.interval.ms': '500',
  'group.consumer.min.heartbeat.interval.ms': '500',
}

/** The settings of a KRaft node, broker and as a rule controller at once, sized for a developer's machine. */
export function kafkaSettings(options: KafkaConfigOptions): Record<string, string> {
  const { port, controllerPort, dataDirectory, joinsAs } = options
  const own = `PLAINTEXT://127.0.0.1:${port}`
  return {
    'process.roles': joinsAs === undefined ? 'broker,controller' : 'broker',
    'node.id': String(joinsAs ?? 1),
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: joinsAs === undefined ? `${own},CONTROLLER://127.0.0.1:${controllerPort}` : own,
    'advertised.listeners': own,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': dataDirectory,
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '8',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    // The single partition of the groups' topic uses one thread: further threads would only wake up.
    'group.coordinator.threads': '1',
    ...takeover,
    'message.max.bytes': String(1024 * 1024),
    // After a crash the broker may register again only when its last session has expired: 9 s by default.
    'broker.session.timeout.ms': '2000',
    'broker.heartbeat.interval.ms': '400',
    'num.network.threads': '2',
    'num.io.threads': '4',
    'num.recovery.threads.per.data.dir': '2',
    // Half of the heap by default.
    'log.cleaner.dedupe.buffer.size': String(16 * 1024 * 1024),
    ...options.settings,
  }
}

/** Renders a Java properties file; back-slashes and line breaks of values are escaped. */
export function renderProperties(settings: Record<string, string>): string {
  const escapeValue = (value: string) => value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${escapeValue(value)}\n`)
    .join('')
}

/** The log line that says that a broker serves. */
export const kafkaStartedLine = 'Kafka Server started'

/** Logs warnings, and of the rest only the line that says that the broker is up. */
export function renderLogging(): string {
  return renderProperties({
    status: 'error',
    'appender.out.type': 'Console',
    'appender.out.name': 'out',
    'appender.out.layout.type': 'PatternLayout',
    'appender.out.layout.pattern': '%d %p %m (%c)%n',
    'rootLogger.level': 'warn',
    'rootLogger.appenderRef.out.ref': 'out',
    'logger.server.name': 'kafka.server.KafkaRaftServer',
    'logger.server.level': 'info',
  })
}
