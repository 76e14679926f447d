import type { Actions, Deed } from './actions.ts'
import type { Board } from './sources/board.ts'

export interface ActingParts {
  readonly actions: Actions
  readonly board: Board
}

/** Does what an operator asks for, notes it, and has the board look at what has become of it. */
export async function act(
  { actions, board }: ActingParts,
  deed: Deed,
  work: () => Promise<number>,
): Promise<{ readonly done: number }> {
  const done = await actions.run(deed, work)
  void board.look()
  return { done }
}
