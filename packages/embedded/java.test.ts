import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { findJava, parseJavaVersion } from './java.ts'

test('the feature release is read from what java -version prints', () => {
  assert.equal(parseJavaVersion('java version "1.8.0_392"\nJava(TM) SE Runtime Environment'), 8)
  assert.equal(parseJavaVersion('openjdk version "11.0.21" 2023-10-17'), 11)
  assert.equal(parseJavaVersion('openjdk version "17.0.15" 2025-04-15'), 17)
  assert.equal(parseJavaVersion('openjdk version "25" 2025-09-16'), 25)
  assert.equal(parseJavaVersion('openjdk version "26-ea" 2026-03-17'), 26)
  assert.equal(parseJavaVersion('not java at all'), 0)
})

test('a missing or too old Java is an error that names the three ways to a Kafka', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'relevo-java-'))
  const before = process.env.JAVA_HOME
  t.after(() => {
    if (before === undefined) delete process.env.JAVA_HOME
    else process.env.JAVA_HOME = before
    rmSync(home, { recursive: true })
  })
  process.env.JAVA_HOME = home
  await assert.rejects(findJava(), { code: 'java_missing', message: /Java 17.*Maven.*Docker.*KAFKA_BROKERS/ })

  mkdirSync(join(home, 'bin'))
  writeFileSync(join(home, 'bin', 'java'), '#!/bin/sh\necho \'openjdk version "11.0.2"\' >&2\n')
  chmodSync(join(home, 'bin', 'java'), 0o755)
  await assert.rejects(findJava(), { code: 'java_unsupported', message: /is Java 11.*KAFKA_BROKERS/ })
})
