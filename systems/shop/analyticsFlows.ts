import type { ConsumedTopic } from '@relevo/contracts'
import type { Flow } from '../system.ts'
import { inventoryEvents, notificationsEvents, ordersEvents } from './topics.ts'

/** The effect of each event is its contribution to the windows. */
function countedFlow(topic: ConsumedTopic): Flow {
  return {
    topic,
    group: 'analytics-service-group',
    consumer: 'analytics',
    effects: {
      count: `select count(*)::int as effects from contribution where topic = '${topic.name}'`,
      times: `
select event_id::text, (extract(epoch from contributed_at) * 1000)::float8 as effect_at
from contribution where topic = '${topic.name}' and contributed_at >= to_timestamp($1::float8 / 1000)`,
      list: `select event_id::text as event from contribution where topic = '${topic.name}' order by place`,
    },
  }
}

const topics = [ordersEvents, inventoryEvents, notificationsEvents]

export const analyticsFlows: readonly Flow[] = topics.map(countedFlow)
