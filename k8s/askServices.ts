import type { LiveResource } from './health.ts'

/** What one workload of a release is asked. */
export interface Question {
  readonly component: string
  /** As kubectl names it: deployment/relevo-messages. */
  readonly workload: string
  readonly path: string
  readonly url: string
}

/** What is worth asking, by the service's component. */
const paths: Readonly<Record<string, string>> = {
  messages: '/stats',
  'message-processor': '/stats',
  notifications: '/channels',
}
/** What every relay tells: of each of its outboxes. */
const relayPath = '/outboxes'

interface Container {
  readonly ports?: ReadonlyArray<{ readonly containerPort: number }>
}

/** What to ask the workloads that are meant to have pods. */
export function questionsOf(resources: readonly LiveResource[]): Question[] {
  return resources.flatMap(({ kind, metadata, spec }) => {
    const component = metadata.labels?.['app.kubernetes.io/component'] ?? ''
    const path = component.startsWith('relay-') ? relayPath : paths[component]
    const port = firstPort(spec)
    if (!['Deployment', 'StatefulSet'].includes(kind) || !path || !port || spec?.replicas === 0) return []
    const workload = `${kind.toLowerCase()}/${metadata.name}`
    return [{ component, workload, path, url: `http://127.0.0.1:${port}${path}` }]
  })
}

function firstPort(spec: LiveResource['spec']): number | undefined {
  const template = spec?.template as { spec?: { containers?: readonly Container[] } } | undefined
  return template?.spec?.containers?.[0]?.ports?.[0]?.containerPort
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
