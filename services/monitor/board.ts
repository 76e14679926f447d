import type { Facts, View } from './domain/causes.ts'
import { type HealthState, type Standing, worstOf } from './domain/health.ts'
import type { Look, Work } from './domain/look.ts'
import type { KafkaStats } from './probe/kafkaMeter.ts'

/** A service as of the last look. */
export interface BoardService {
  readonly service: string
  readonly status: HealthState
  readonly cause: string
  readonly reason: string
  readonly since: string
  /** Null: it did not answer. */
  readonly response_ms: number | null
  readonly work: Work | null
}

/** The last look at everything, as it is stored and shown. */
export interface Board {
  readonly looked_at: string
  readonly status: HealthState
  readonly services: readonly BoardService[]
  readonly kafka: KafkaStats
  readonly facts: Facts
  readonly reaches: View['reaches']
}

interface BoardParts {
  readonly standings: ReadonlyMap<string, Standing>
  readonly looks: ReadonlyMap<string, Look>
  readonly kafka: KafkaStats
  readonly facts: Facts
  readonly reaches: View['reaches']
  readonly now: number
}

/** Of the products that are low, those that lack most. */
const mostShown = 100

export function toBoard({ standings, looks, kafka, facts: all, reaches, now }: BoardParts): Board {
  const facts = { ...all, lowStock: all.lowStock.slice(0, mostShown) }
  const services = [...standings].map(([name, standing]) => toService(name, standing, looks.get(name)))
  const status = worstOf(services.map((service) => service.status))
  return { looked_at: new Date(now).toISOString(), status, services, kafka, facts, reaches }
}

function toService(service: string, standing: Standing, look: Look | undefined): BoardService {
  const { state: status, cause, reason, since } = standing
  const answered = look?.kind === 'answered' ? look : undefined
  return {
    service,
    status,
    cause,
    reason,
    since: new Date(since).toISOString(),
    response_ms: answered?.responseMs ?? null,
    work: answered?.work ?? null,
  }
}
