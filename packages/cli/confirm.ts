import type { Session } from './command.ts'

/**
 * Says what a command is about to do to many, and has it agreed to: by `--yes`, or by a person at a terminal.
 * @returns false when nothing is to be changed; the reason has been told.
 */
export async function confirm({ output }: Session, deed: string, yes = false): Promise<boolean> {
  if (yes) return true
  const answer = await output.ask?.(`${deed}. Go on? [y/N] `)
  if (answer === undefined) output.err(`${deed}. Nothing was changed: do it with --yes.`)
  else if (!/^y(es)?$/i.test(answer.trim())) output.err('Nothing was changed.')
  else return true
  return false
}
