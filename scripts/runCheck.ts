import { spawn } from 'node:child_process'
import { noTests, type TestCounts } from './testCounts.ts'

/** Runs a checker that npm installed, prints its output when it finds something, and counts it as one test. */
export function runCheck(root: string, name: string, command: string, args: string[]): Promise<TestCounts> {
  return new Promise((resolve) => {
    const started = performance.now()
    const child = spawn(`${root}/node_modules/.bin/${command}`, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    const end = (passed: boolean) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1)
      if (!passed) console.log(output.trimEnd())
      console.log(`${passed ? '✔' : '✖'} ${name} (${seconds} s)`)
      resolve(passed ? { ...noTests, passed: 1 } : { ...noTests, failed: 1 })
    }
    child.on('error', (error) => {
      output += error.message
      end(false)
    })
    child.on('close', (code) => end(code === 0))
  })
}
