import { Admin, ConfigResourceTypes } from '@platformatic/kafka'

/** Changes settings of a topic; the others go back to their defaults. */
export async function setTopicConfig(
  brokers: readonly string[],
  topic: string,
  config: Readonly<Record<string, string>>,
): Promise<void> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [...brokers] })
  try {
    const configs = Object.entries(config).map(([name, value]) => ({ name, value }))
    const resource = { resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configs }
    await admin.alterConfigs({ resources: [resource] })
  } finally {
    await admin.close()
  }
}
