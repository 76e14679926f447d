import { isDue, positionOf } from '@relevo/cursor'
import type { Lsn } from '../cursor/lsn.ts'
import type { Probe } from '../cursor/probeOutbox.ts'
import { SideTask } from './sideTask.ts'
import type { StreamProgress } from './streamProgress.ts'
import type { StreamProof } from './streamProof.ts'
import type { WalIntervals } from './walIntervals.ts'

/**
 * Probes the outbox while a stream is read: each probe is a bookmark for the progress and, if the stream has been
 * silent for long, shows whether the table has events that it should have shown.
 */
export class StreamProbes {
  readonly #probe: () => Promise<Probe | undefined>
  readonly #every: WalIntervals
  readonly #progress: StreamProgress
  readonly #proof: StreamProof
  readonly #probing = new SideTask()
  /** The last bookmark's, and when it was taken, by performance.now(). */
  #bookmarked: Lsn
  #bookmarkedAt = 0
  /** When the stream showed something last. */
  #heardAt = performance.now()

  constructor(
    probe: () => Promise<Probe | undefined>,
    intervals: WalIntervals,
    progress: StreamProgress,
    proof: StreamProof,
    from: Lsn,
  ) {
    this.#probe = probe
    this.#every = intervals
    this.#progress = progress
    this.#proof = proof
    this.#bookmarked = from
  }

  throwFailure(): void {
    this.#probing.throwFailure()
  }

  /** Waits for the probe under way. @throws what a probe failed with. */
  settle(): Promise<void> {
    return this.#probing.settle()
  }

  /** The stream has shown something. */
  hear(): void {
    this.#heardAt = performance.now()
  }

  /** Begins to probe when that is due. @param isBusy do events come? */
  probeSoon(lsn: Lsn, isBusy: boolean): void {
    const now = performance.now()
    const silent = this.#isSilent()
    const everyMs = isBusy ? this.#every.probeMs : this.#every.idleProbeMs
    const due = (silent || lsn > this.#bookmarked) && now > this.#bookmarkedAt + everyMs
    if (!due || this.#probing.isRunning) return
    this.#bookmarkedAt = now
    this.#probing.start(() => this.#bookmark(silent))
  }

  #isSilent(): boolean {
    return performance.now() > this.#heardAt + this.#every.silenceMs
  }

  async #bookmark(silent: boolean): Promise<void> {
    const probe = await this.#probe()
    if (probe === undefined) return
    this.#progress.addBookmark(probe)
    this.#bookmarked = probe.lsn
    if (silent) await this.#checkSilence(probe)
  }

  /** Does the table have events that a stream which has been silent for long should have shown? */
  async #checkSilence(probe: Probe): Promise<void> {
    if (!isDue(this.#proof.proven.cursor.published, probe)) return
    const { events } = this.#progress.mark()
    const mark = { cursor: { published: positionOf(probe), window: undefined }, events, part: undefined }
    const unshown = await this.#proof.countUnshown(mark)
    if (unshown > 0 && this.#isSilent()) this.#proof.distrustSilence(unshown, this.#every.silenceMs)
  }
}
