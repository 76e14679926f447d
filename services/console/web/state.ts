import { computed, effect, signal } from '@preact/signals'
import type { BoardState } from '../shapes.ts'
import { loadSession } from './loadSession.ts'
import { session } from './session.ts'
import { type Language, languages, texts } from './texts.ts'

export const board = signal<BoardState | undefined>(undefined)
/** Is what is shown of now? */
export const isLive = signal(false)
/** What the console last did, for everybody to read and hear. */
export const said = signal('')

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const darkness = matchMedia('(prefers-color-scheme: dark)')
/** What the browser wants; it counts while the theme is that of the system. */
export const prefersDark = signal(darkness.matches)
darkness.addEventListener('change', ({ matches }) => {
  prefersDark.value = matches
})

export const language = signal<Language>(kept('language', languages) ?? languageOfPage())
export const theme = signal<Theme>(kept('theme', themes) ?? 'system')
export const text = computed(() => texts[language.value])
export const mayAct = computed(() => Boolean(session.value?.operator))

/** Keeps the board up to date from now on. */
export function begin(): void {
  effect(() => {
    document.documentElement.lang = language.value
    keep('language', language.value)
  })
  effect(() => {
    if (theme.value === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme.value
    keep('theme', theme.value)
  })
  void loadSession()
  listen()
}

const againMs = 5_000

function listen(): void {
  const live = new EventSource('/console/live')
  live.addEventListener('board', ({ data }) => {
    board.value = JSON.parse(data)
    isLive.value = true
  })
  live.addEventListener('error', () => {
    isLive.value = false
    // Refused, it does not come again by itself.
    if (live.readyState === EventSource.CLOSED) setTimeout(listen, againMs)
  })
}

function languageOfPage(): Language {
  return document.documentElement.lang === 'en' ? 'en' : 'es'
}

function kept<T extends string>(name: string, values: readonly T[]): T | undefined {
  try {
    return values.find((value) => value === localStorage.getItem(name))
  } catch {
    return undefined // the browser keeps nothing for this page
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(name, value)
  } catch {}
}
