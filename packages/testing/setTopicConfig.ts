/** Changes settings of a topic; the others go back to their defaults. */
export async function setTopicConfig(
  brokers: readonly string[],
  topic: string,
  config: Readonly<Record<string, string>>,
): Promise<void> {
  // It takes half a second to load, which is for the few who want it.
  const { Admin, ConfigResourceTypes } = await import('@platformatic/kafka')
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [...brokers] })
  try {
    const configs = Object.entries(config).map(([name, value]) => ({ name, value }))
    const resource = { resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configs }
    await admin.alterConfigs({ resources: [resource] })
  } finally {
    await admin.close()
  }
}
