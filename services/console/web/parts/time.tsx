import { language } from '../state.ts'

/** A time as people here write it, of today without the day, with the exact one in its title. */
export function Time({ at }: { readonly at: string }) {
  const date = new Date(at)
  const isToday = date.toDateString() === new Date().toDateString()
  const shown = new Intl.DateTimeFormat(language.value, {
    ...(!isToday && { dateStyle: 'medium' }),
    timeStyle: 'medium',
  })
  return (
    <time dateTime={at} title={at}>
      {shown.format(date)}
    </time>
  )
}
