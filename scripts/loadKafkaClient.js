// node --import=…/loadKafkaClient.js?bundle=URL: loads the Kafka client from that module (see kafkaClientBundle.ts).
// It is JavaScript, and asks for what it needs, since every Node.js that a test starts gets it.
import * as module from 'node:module'

const url = new URL(import.meta.url).searchParams.get('bundle')

module.registerHooks?.({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    if (!found.url.endsWith('/packages/kafka/platformatic.ts')) return found
    return { url, format: 'module', shortCircuit: true }
  },
})
