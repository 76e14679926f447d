import type { LiveResource } from './health.ts'

/** What one workload of a release is asked. */
export interface Question {
  readonly component: string
  /** As kubectl names it: deployment/relevo-messages. */
  readonly workload: string
  readonly path: string
}

/** What is worth asking, by the service's component. */
const paths: Readonly<Record<string, string>> = {
  messages: '/stats',
  'message-processor': '/stats',
  notifications: '/channels',
}
/** What every relay tells: of each of its outboxes. */
const relayPath = '/outboxes'

/** What to ask the workloads that are meant to have pods. */
export function questionsOf(resources: readonly LiveResource[]): Question[] {
  return resources.flatMap(({ kind, metadata, spec }) => {
    const component = metadata.labels?.['app.kubernetes.io/component'] ?? ''
    const path = component.startsWith('relay-') ? relayPath : paths[component]
    if (!['Deployment', 'StatefulSet'].includes(kind) || !path || spec?.replicas === 0) return []
    return [{ component, workload: `${kind.toLowerCase()}/${metadata.name}`, path }]
  })
}

export const noAnswer = 'does not answer'

/** What a service has answered, and what of it is a problem. */
export function describeAnswer(answer: string | undefined): { text: string; problem?: string } {
  if (answer === undefined) return { text: 'no answer', problem: noAnswer }
  let body: unknown
  try {
    body = JSON.parse(answer)
  } catch {
    return { text: answer, problem: 'answers with something that is not JSON' }
  }
  const problems = [...findTroubles(body)]
  return problems.length > 0 ? { text: answer, problem: problems.join(', ') } : { text: answer }
}

/** Troubles that services tell in their answers, wherever in them. */
function* findTroubles(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, part] of Object.entries(value)) {
    if (key === 'problem' && typeof part === 'string') yield part
    if (key === 'quarantinedKeys' && typeof part === 'number' && part > 0)
      yield `${part} ${part === 1 ? 'key is' : 'keys are'} in quarantine`
    if (key === 'stalledShards' && Array.isArray(part) && part.length > 0)
      yield `stalled shards: ${part.join(', ')}`
    yield* findTroubles(part)
  }
}
