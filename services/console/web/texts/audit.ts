/** What the page of the audit says. */
export const auditSpanish = {
  title: 'Auditoría',
  lead: 'Por cada outbox, los eventos registrados deben ser los que Kafka confirmó más los retenidos.',
  outboxes: 'Outboxes',
  counts: ['Diferencia', 'Registrados', 'Confirmados', 'Retenidos'],
  shard: 'Shard',
  shardsOf: (outbox: string) => `Shards de ${outbox}`,
  clean: 'Las cuentas cuadran en todas las outboxes.',
  none: 'Ninguno de los servicios tiene una outbox.',
  silent: 'No se conocen las cuentas de lo que no responde:',
  auditedAt: 'Contado',
  inShards: (shards: string) => `las cuentas no cuadran. Shards: ${shards}.`,
  missing: (events: string) =>
    `Puede que ${events} no estén en Kafka. Mire otra vez dentro de un minuto; si sigue igual, publíquelos de nuevo:`,
  double: (events: string) =>
    `${events} se contaron dos veces, como ocurre tras restaurar la base de datos. En Kafka no falta ninguno.`,
}

export const auditEnglish: typeof auditSpanish = {
  title: 'Audit',
  lead: 'Of each outbox, the events that were recorded are to be those that Kafka acknowledged and those in quarantine.',
  outboxes: 'Outboxes',
  counts: ['Difference', 'Recorded', 'Acknowledged', 'Quarantined'],
  shard: 'Shard',
  shardsOf: (outbox) => `Shards of ${outbox}`,
  clean: 'The counts of all outboxes reconcile.',
  none: 'None of the services has an outbox.',
  silent: 'Nobody knows the counts of what does not answer:',
  auditedAt: 'Counted',
  inShards: (shards) => `the counts do not reconcile. Shards: ${shards}.`,
  missing: (events) =>
    `${events} may be missing in Kafka. Look again in a minute; if it stays, publish them again:`,
  double: (events) =>
    `${events} were counted twice, as after a restore of the database. None is missing in Kafka.`,
}
