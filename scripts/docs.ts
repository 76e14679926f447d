// npm run docs [-- --build]: the documentation site.
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readArguments, runCommand, wholeNumber } from './commandLine.ts'
import { root } from './dataDirectory.ts'

const usage = `npm run docs [-- options]
Builds the documentation site into docs/.vitepress/dist and serves it. What it is built with is installed in docs/ the
first time, apart from everything else.

  --build      builds it, and no more
  --port N     where it is served; default 5174`

const options = {
  build: { type: 'boolean', default: false },
  port: { type: 'string', default: '5174' },
} as const
const folder = join(root, 'docs')
const lock = join(folder, 'package-lock.json')
/** The lockfile of what is installed. */
const installed = join(folder, 'node_modules/.installed-lock.json')

await runCommand(usage, async (args) => {
  const { values } = readArguments(args, options)
  const port = wholeNumber('port', values.port, 1, 65_535)
  install()
  execFileSync(process.execPath, [vitepress(), 'build', folder], { cwd: folder, stdio: 'inherit' })
  if (values.build) return 0
  const { status } = spawnSync(process.execPath, [vitepress(), 'preview', folder, '--port', String(port)], {
    cwd: folder,
    stdio: 'inherit',
  })
  return status ?? 0
})

function install(): void {
  if (existsSync(installed) && readFileSync(installed, 'utf8') === readFileSync(lock, 'utf8')) return
  execFileSync('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: 'inherit',
  })
  copyFileSync(lock, installed)
}

function vitepress(): string {
  return join(folder, 'node_modules/vitepress/bin/vitepress.js')
}
