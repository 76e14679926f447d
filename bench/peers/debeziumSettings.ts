/** A Kafka Connect worker of one process. Its producer's defaults are acks=all with one request in flight. */
export function workerSettings(brokers: readonly string[], port: number): Record<string, string> {
  return {
    'bootstrap.servers': brokers.join(','),
    listeners: `http://127.0.0.1:${port}`,
    'offset.storage.file.filename': 'offsets',
    'plugin.discovery': 'service_load',
    // The payload goes as the text that it is; a JSON converter would quote it.
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'header.converter': 'org.apache.kafka.connect.storage.StringConverter',
  }
}

/** The connector, from the slot on that is there, and the outbox event router behind it. */
export function connectorSettings(databaseUrl: string, slot: string): Record<string, string> {
  const { hostname, port, username, password, pathname } = new URL(databaseUrl)
  return {
    name: 'outbox',
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'tasks.max': '1',
    'database.hostname': hostname,
    'database.port': port,
    'database.user': decodeURIComponent(username),
    'database.password': decodeURIComponent(password),
    'database.dbname': pathname.slice(1),
    'topic.prefix': 'outbox',
    'table.include.list': 'public.outboxevent',
    'plugin.name': 'pgoutput',
    'slot.name': slot,
    'publication.name': 'bench_peer',
    'publication.autocreate.mode': 'disabled',
    'snapshot.mode': 'no_data',
    'tombstones.on.delete': 'false',
    ...speed,
    ...router,
  }
}

/**
 * For throughput: four times the default batch and queue, and requests of up to 512 kB. For latency: a batch that is
 * not full is handed over after the poll interval, by default 500 ms, and Kafka 4's producer lingers for 5 ms.
 */
const speed = {
  'max.batch.size': '8192',
  'max.queue.size': '32768',
  'poll.interval.ms': '1',
  'producer.override.linger.ms': '0',
  'producer.override.batch.size': String(512 * 1024),
  'producer.override.buffer.memory': String(64 * 1024 * 1024),
  'producer.override.max.request.size': String(1024 * 1024),
}

const router = {
  transforms: 'outbox',
  'transforms.outbox.type': 'io.debezium.transforms.outbox.EventRouter',
  'transforms.outbox.route.topic.replacement': `\${routedByValue}`,
  'transforms.outbox.table.fields.additional.placement': 'type:header:eventType',
  'transforms.outbox.table.expand.json.payload': 'false',
}
