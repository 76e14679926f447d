/** One task at a time beside the stream. Its failure is kept until somebody asks for it. */
export class SideTask {
  #running: Promise<void> | undefined
  #failure: { readonly error: unknown } | undefined

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  /** Only while none is running. */
  start(work: () => Promise<unknown>): void {
    this.#running = this.#run(work)
  }

  /** Waits for the task under way. @throws what a task failed with. */
  async settle(): Promise<void> {
    await this.#running
    this.throwFailure()
  }

  throwFailure(): void {
    if (this.#failure) throw this.#failure.error
  }

  async #run(work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#failure ??= { error }
    } finally {
      this.#running = undefined
    }
  }
}
