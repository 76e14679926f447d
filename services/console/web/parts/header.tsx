import { place } from '../router.ts'
import { session } from '../session.ts'
import { board, isLive, language, said, text, theme, themes } from '../state.ts'
import { endSession, LogIn } from './logIn.tsx'

/** The menu, and what holds on every page: language, appearance, and who is logged in. */
export function Header() {
  const t = text.value
  return (
    <header>
      <a class="brand" href="/">
        Relevo
      </a>
      <nav aria-label={t.menu}>
        <MenuLink path="/" label={t.overview} />
        <MenuLink path="/undelivered" label={t.board} badge={board.value?.events} />
        <MenuLink path="/events" label={t.found.title} />
        <MenuLink path="/sagas" label={t.sagas} />
        <MenuLink path="/kafka" label="Kafka" />
        <MenuLink path="/audit" label={t.audit.title} />
        <MenuLink path="/actions" label={t.actions} />
      </nav>
      <div class="settings">
        <span class={isLive.value ? 'live' : 'live off'}>{isLive.value ? t.live : ''}</span>
        <select
          aria-label={t.language}
          value={language.value}
          onChange={({ currentTarget }) => {
            language.value = currentTarget.value === 'en' ? 'en' : 'es'
          }}
        >
          <option value="es">ES</option>
          <option value="en">EN</option>
        </select>
        <select
          aria-label={t.theme}
          value={theme.value}
          onChange={({ currentTarget }) => {
            theme.value = themes.find((each) => each === currentTarget.value) ?? 'system'
          }}
        >
          {themes.map((each) => (
            <option key={each} value={each}>
              {t.themes[each]}
            </option>
          ))}
        </select>
        <Who />
      </div>
    </header>
  )
}

/** Pages that are reached from another, and belong to it. */
const sections: Readonly<Record<string, readonly string[]>> = {
  '/undelivered': ['/group'],
  '/events': ['/trace'],
  '/sagas': ['/saga'],
  '/kafka': ['/kafka/topic', '/kafka/group'],
}

interface MenuLinkProps {
  readonly path: string
  readonly label: string
  readonly badge?: number | undefined
}

function MenuLink({ path, label, badge }: MenuLinkProps) {
  const { pathname } = place.value
  const isHere = pathname === path || (path !== '/' && sections[path]?.includes(pathname))
  return (
    <a href={path} {...(isHere && { 'aria-current': 'page' })}>
      {label}
      {badge ? <span class="badge">{badge.toLocaleString(language.value)}</span> : null}
    </a>
  )
}

function Who() {
  const t = text.value
  const state = session.value
  if (!state) return null
  const { operator, log_in } = state
  const isLocal = log_in.length === 0
  if (!operator) return isLocal ? <span title={t.noToken}>{t.readOnly}</span> : <LogIn ways={log_in} />
  if (isLocal) return <span class="who">{t.local}</span>
  const logOut = async () => {
    await endSession()
    said.value = t.readOnly
  }
  return (
    <>
      <span class="who" title={operator}>
        {operator}
      </span>
      <button type="button" class="plain" onClick={logOut}>
        {t.logOut}
      </button>
    </>
  )
}
