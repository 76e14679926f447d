const es = {
  list: 'Las sagas, las más recientes primero',
  page: 'Una página de sagas',
  show: 'Una saga con su historia, sus respuestas tardías y lo que espera a un proceso con su definición',
  whole: 'La saga',
  reason: 'Por qué se compensa, se ha compensado o se ha abandonado',
  step: 'El paso al que espera; nulo si ha terminado',
  undo: 'Si ese paso se está deshaciendo',
  why: 'Por qué; queda en la historia de la saga',
  retry: 'Repite ahora el paso al que espera',
  compensate: 'Deshace lo hecho, en orden inverso',
  giveUp: 'La da por terminada como está; no se envía nada más',
  done: 'Hecho',
  pending: 'Está en marcha; sin "result", ningún proceso con su definición lo ha hecho todavía',
  unknown: 'No hay ninguna saga con ese identificador.',
  tooLate: 'Ya no se puede',
  pastPivot: 'La saga ya ha pasado el punto sin retorno: sólo va hacia delante.',
  ended: 'La saga ya ha terminado.',
  refused: 'La saga ya no se puede deshacer; su historia dice por qué.',
} as const

export type SagaTexts = { readonly [Name in keyof typeof es]: string }

const en: SagaTexts = {
  list: 'The sagas, the newest first',
  page: 'A page of sagas',
  show: 'A saga with its history, its late replies, and what waits for a process with its definition',
  whole: 'The saga',
  reason: 'Why it is or was compensated, or given up',
  step: 'The step it waits for; null once it has ended',
  undo: 'Whether that step is being undone',
  why: 'Why; kept in the history of the saga',
  retry: 'Has the step it waits for tried again now',
  compensate: 'Undoes what was done, in reverse order',
  giveUp: 'Ends it as it is; nothing more is sent',
  done: 'Done',
  pending: 'Under way; without `result`, no process with its definition has done it yet',
  unknown: 'There is no saga with that id.',
  tooLate: 'It is too late for that',
  pastPivot: 'The saga is past its point of no return: it only goes forward.',
  ended: 'The saga has ended.',
  refused: 'The saga may not be undone any more; its history says why.',
}

export const sagaTexts = { es, en } as const
