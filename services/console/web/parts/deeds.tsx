import { text } from '../state.ts'
import { Deed } from './deed.tsx'

interface Meant {
  readonly meant: Readonly<Record<string, string | number>>
  /** The one that is meant; undefined: a whole group. */
  readonly of?: string | undefined
}

/** What can be done with dead letters. */
export function LetterDeeds({ meant, of }: Meant) {
  const t = text.value
  return (
    <>
      {(['redrive', 'archive', 'discard'] as const).map((deed) => (
        <Deed
          key={deed}
          label={of === undefined ? t.deedAll[deed] : t.deeds[deed]}
          of={of}
          confirm={t.deeds[deed]}
          explain={t.letterDeeds[deed]}
          path={`letters/${deed}`}
          meant={meant}
          preview={deed === 'redrive' ? 'redrive' : 'others'}
          hasSpeeds={deed === 'redrive' && of === undefined}
          say={(done) => t.saidDone(t.deeds[deed], done)}
        />
      ))}
    </>
  )
}

interface ReviveProps extends Meant {
  readonly onDone: () => void
}

/** Puts a group of dead letters on the list again. */
export function ReviveDeed({ meant, onDone }: ReviveProps) {
  const t = text.value
  return (
    <Deed
      label={t.deeds.revive}
      confirm={t.deeds.revive}
      explain={t.letterDeeds.revive}
      path="letters/revive"
      meant={meant}
      say={(done) => t.saidDone(t.deeds.revive, done)}
      onDone={onDone}
    />
  )
}

/** What can be done with keys that are held back. */
export function KeyDeeds({ meant, of }: Meant) {
  const t = text.value
  return (
    <>
      {(['redrive', 'skip', 'discard'] as const).map((deed) => (
        <Deed
          key={deed}
          label={of === undefined ? t.deedAll[deed] : t.deeds[deed]}
          of={of}
          confirm={t.deeds[deed]}
          explain={t.keyDeeds[deed]}
          path={`keys/${deed}`}
          meant={meant}
          preview={deed === 'redrive' ? 'redrive' : 'others'}
          say={(done) => t.saidAsked(t.deeds[deed], t.keys(done))}
        />
      ))}
    </>
  )
}

interface SagaDeedsProps {
  readonly service: string
  readonly id: string
  readonly onDone: () => void
}

/** What can be done with a saga that has not ended, or may be undone. */
export function SagaDeeds({ service, id, onDone }: SagaDeedsProps) {
  const t = text.value
  return (
    <>
      {(['retry', 'compensate', 'give-up'] as const).map((deed) => (
        <Deed
          key={deed}
          label={t.deeds[deed]}
          confirm={t.deeds[deed]}
          explain={t.sagaDeeds[deed]}
          path={`sagas/${deed}`}
          meant={{ service, id }}
          say={() => t.saidSaga(t.deeds[deed])}
          onDone={onDone}
        />
      ))}
    </>
  )
}
