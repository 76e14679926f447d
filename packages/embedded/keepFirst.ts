import { existsSync, renameSync } from 'node:fs'

/**
 * Gives a finished draft its final name. Whoever renames first wins, so what has the final name is always complete.
 * @param proof what is there when another was first; default: the target.
 */
export function keepFirst(draft: string, target: string, proof = target): void {
  try {
    renameSync(draft, target)
  } catch (error) {
    if (!existsSync(proof)) throw error
  }
}
