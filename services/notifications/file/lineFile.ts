import { randomUUID } from 'node:crypto'
import { appendFile, type FileHandle, mkdir, open, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A file of lines that only this process writes. `close` it. */
export interface LineFile {
  /** Stays with the file; in a second file beside it, `<path>.id`. */
  readonly id: string
  /** Bytes, as the file is now. */
  size(): Promise<number>
  read(from: number, to: number): Promise<Buffer>
  /** Cuts off what is behind this many bytes. */
  truncate(size: number): Promise<void>
  write(bytes: Buffer, position: number): Promise<void>
  /** The disk has all of it when this resolves. */
  sync(): Promise<void>
  close(): Promise<void>
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * Opens the file, and makes it and its folder when they are missing.
 * @throws errors of the file system, for example EACCES.
 */
export async function openLineFile(path: string): Promise<LineFile> {
  await mkdir(dirname(path), { recursive: true })
  const id = await identify(path)
  await appendFile(path, '') // makes it
  await syncDirectory(path)
  const handle = await open(path, 'r+') // what is opened for appending cannot be written at a place
  return {
    id,
    size: async () => (await handle.stat()).size,
    read: (from, to) => readRange(handle, from, to),
    truncate: (size) => handle.truncate(size),
    write: (bytes, position) => writeAll(handle, bytes, position),
    sync: () => handle.sync(),
    close: () => handle.close(),
  }
}

/** Bytes up to the end of the last whole line, at most 1 MiB of which is looked at. */
export async function wholeLines(file: LineFile): Promise<number> {
  const size = await file.size()
  const from = Math.max(0, size - 1_048_576)
  const tail = await file.read(from, size)
  return from + tail.lastIndexOf('\n') + 1
}

async function identify(path: string): Promise<string> {
  const idPath = `${path}.id`
  const known = await readFile(idPath, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (known !== undefined && uuid.test(known.trim())) return known.trim()
  if (known !== undefined)
    throw new Error(`${idPath} holds no UUID. Remove it: the file is taken for a new one then.`)
  const id = randomUUID()
  await writeFile(`${idPath}.new`, `${id}\n`, { flush: true })
  await rename(`${idPath}.new`, idPath) // so that a crash leaves no half of it
  return id
}

/** Without it a power failure may lose the file's name. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(dirname(path), 'r')
  await directory.sync().finally(() => directory.close())
}

async function readRange(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const buffer = Buffer.alloc(Math.max(0, to - from))
  let filled = 0
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, from + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}

async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let written = 0
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written)
    written += bytesWritten
  }
}
