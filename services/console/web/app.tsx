import type { ComponentChildren } from 'preact'
import { Header } from './parts/header.tsx'
import { Title } from './parts/title.tsx'
import { follow, place } from './router.ts'
import { board, isLive, said, text } from './state.ts'
import { ActionsView } from './views/actionsView.tsx'
import { AuditView } from './views/auditView.tsx'
import { BoardView } from './views/boardView.tsx'
import { ConsumerGroupView } from './views/consumerGroupView.tsx'
import { EventsView } from './views/eventsView.tsx'
import { GroupView, PutAwayGroup } from './views/groupView.tsx'
import { KafkaView } from './views/kafkaView.tsx'
import { OverviewView } from './views/overviewView.tsx'
import { putAwayOf } from './views/putAwayList.tsx'
import { SagasView } from './views/sagasView.tsx'
import { SagaView } from './views/sagaView.tsx'
import { TopicView } from './views/topicView.tsx'
import { TraceView } from './views/traceView.tsx'

/** The frame around every page. */
export function App() {
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: it hears the clicks of links, which keys make too
    <div onClick={follow}>
      <a class="skip" href="#main">
        {text.value.skip}
      </a>
      <Header />
      <main id="main" tabIndex={-1}>
        {board.value && !isLive.value && (
          <p class="banner" role="alert">
            {text.value.stale}
          </p>
        )}
        <View />
      </main>
      <p class="said" role="status">
        {said.value}
      </p>
    </div>
  )
}

/** Pages that are of nothing in particular. */
const views: Readonly<Record<string, () => ComponentChildren>> = {
  '/': () => <OverviewView />,
  '/undelivered': () => <BoardView />,
  '/events': () => <EventsView />,
  '/sagas': () => <SagasView />,
  '/kafka': () => <KafkaView />,
  '/actions': () => <ActionsView />,
  '/audit': () => <AuditView />,
}

function View(): ComponentChildren {
  const { pathname, search } = place.value
  return (
    views[pathname]?.() ??
    viewOf(pathname, new URLSearchParams(search)) ?? <Title>{text.value.notFound}</Title>
  )
}

/** The page of one item; undefined: there is none, or the address does not name one. */
function viewOf(pathname: string, query: URLSearchParams): ComponentChildren {
  const given = (name: string) => query.get(name) || undefined
  const [group, topic, eventId] = [given('group'), given('topic'), given('event_id')]
  const [service, id, source] = [given('service'), given('id'), given('source')]
  if (pathname === '/trace' && eventId) return <TraceView key={eventId} eventId={eventId} />
  if (pathname === '/saga' && service && id) return <SagaView key={id} service={service} id={id} />
  if (pathname === '/kafka/topic' && topic) return <TopicView key={topic} topic={topic} />
  if (pathname === '/kafka/group' && group) return <ConsumerGroupView key={group} group={group} />
  if (pathname !== '/group' || !source || !group) return undefined
  const state = putAwayOf(query.get('state'))
  if (state) return <PutAwayGroup key={`${source} ${group}`} source={source} group={group} state={state} />
  const isOutbox = query.get('kind') === 'outbox'
  return <GroupView key={`${source} ${group}`} source={source} group={group} isOutbox={isOutbox} />
}
