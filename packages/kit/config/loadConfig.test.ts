import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ServiceError } from '../serviceError.ts'
import { databaseVariables, httpVariables, processVariables } from './commonVariables.ts'
import { checkKafka, kafkaVariables, toKafkaConfig } from './kafkaVariables.ts'
import { type ConfigOf, defineConfig, describeConfig, loadConfig } from './loadConfig.ts'
import { bool, bytes, currency, int, list, manyOf, secret, serviceUrls, share } from './variable.ts'

const spec = defineConfig(
  {
    ...processVariables,
    ...httpVariables(3000),
    ...databaseVariables,
    ...kafkaVariables('shop'),
    limitBytes: bytes('LIMIT_BYTES', { default: 1024, min: 1, doc: 'Largest body' }),
    dryRun: bool('DRY_RUN', { default: false, doc: 'Write nothing' }),
    types: list('TYPES', { default: [], doc: 'Types; empty: all' }),
    kinds: manyOf('KINDS', ['small', 'large'], { default: ['large'], doc: 'Sizes' }),
    retries: int('RETRIES', { optional: true, doc: 'Tries' }),
    token: secret('TOKEN', { doc: 'Token' }),
  },
  checkKafka,
)
const least = {
  DATABASE_URL: 'postgres://me:hidden@db/shop',
  KAFKA_BROKERS: 'a:9092, b:9092',
  TOKEN: 'hidden',
}

test('gives typed values and defaults', () => {
  const config: ConfigOf<typeof spec> = loadConfig(spec, {
    ...least,
    PORT: '0',
    DRY_RUN: 'true',
    TYPES: 'x,,y ',
  })
  const { port, dryRun, types, retries, limitBytes, kafkaBrokers } = config
  const typed: [number, boolean, readonly string[], number | undefined] = [port, dryRun, types, retries]
  assert.deepEqual(typed, [0, true, ['x', 'y'], undefined])
  assert.deepEqual([limitBytes, kafkaBrokers], [1024, ['a:9092', 'b:9092']])
  assert.deepEqual(toKafkaConfig(config), { brokers: ['a:9092', 'b:9092'], clientId: 'shop' })
  assert.deepEqual(loadConfig(spec, { ...least, TYPES: '' }).types, [])
  const { kinds } = loadConfig(spec, { ...least, KINDS: 'small,large' })
  const some: readonly ('small' | 'large')[] = kinds
  assert.deepEqual([some, loadConfig(spec, least).kinds], [['small', 'large'], ['large']])
})

test('a share is from 0 to 1', () => {
  const one = defineConfig({ ...processVariables, rate: share('RATE', { default: 0, doc: 'Of what fails' }) })
  const rateOf = (RATE: string) => loadConfig(one, { RATE }).rate
  assert.deepEqual(['0', '1', '0.25', '.5', ''].map(rateOf), [0, 1, 0.25, 0.5, 0])
  for (const wrong of ['1.1', '-0.1', '1e-1', 'half', '0.', 'NaN'])
    assert.throws(() => rateOf(wrong), /RATE must be a number from 0 to 1/, wrong)
})

test('a currency is three capitals', () => {
  const one = defineConfig({
    ...processVariables,
    currency: currency('CURRENCY', { default: 'USD', doc: 'Of prices' }),
  })
  const currencyOf = (CURRENCY: string) => loadConfig(one, { CURRENCY }).currency
  assert.deepEqual(['EUR', ''].map(currencyOf), ['EUR', 'USD'])
  for (const wrong of ['eur', 'EURO', 'EU', 'EUR '])
    assert.throws(() => currencyOf(wrong), {
      message: new RegExp(`CURRENCY must be three capitals, not "${wrong}"`),
    })
})

test('lists every problem at once and shows no secret', () => {
  const wrong = {
    DATABASE_URL: 'mysql://me:hidden@db/shop',
    PORT: '70000',
    LIMIT_BYTES: '1.5',
    DRY_RUN: 'yes',
    LOG_LEVEL: 'loud',
    KAFKA_BROKERS: ',',
    KAFKA_SASL_MECHANISM: 'plain',
    KAFKA_TLS_CERT_FILE: '/nowhere/cert.pem',
    TYPES: '',
    KINDS: 'large, huge',
  }
  assert.throws(
    () => loadConfig(spec, wrong),
    (error) => {
      assert.ok(error instanceof ServiceError && error.code === 'invalidConfig')
      const names = error.problems.map((problem) => problem.split(/ (must|is)/)[0]).sort()
      assert.deepEqual(names, [
        'DATABASE_URL',
        'DRY_RUN',
        'KAFKA_BROKERS',
        'KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD',
        'KAFKA_TLS_CERT_FILE',
        'KAFKA_TLS_KEY_FILE',
        'KINDS',
        'LIMIT_BYTES',
        'LOG_LEVEL',
        'PORT',
        'TOKEN',
      ])
      assert.match(error.message, /PORT must be a whole number from 0 to 65535, not "70000"/)
      assert.doesNotMatch(error.message, /hidden/)
      return true
    },
  )
})

test('TLS and login come from files and variables', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'relevo-pem-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const ca = '-----BEGIN CERTIFICATE-----\n…\n'
  writeFileSync(join(folder, 'ca.pem'), ca)
  writeFileSync(join(folder, 'empty.pem'), '')
  const login = {
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_SASL_USERNAME: 'me',
    KAFKA_SASL_PASSWORD: 'pw',
  }
  const config = loadConfig(spec, { ...least, ...login, KAFKA_TLS_CA_FILE: join(folder, 'ca.pem') })
  assert.deepEqual(toKafkaConfig(config), {
    brokers: ['a:9092', 'b:9092'],
    clientId: 'shop',
    tls: { ca },
    sasl: { mechanism: 'scram-sha-512', username: 'me', password: 'pw' },
  })
  assert.deepEqual(toKafkaConfig(loadConfig(spec, { ...least, KAFKA_TLS: 'true' })).tls, {})
  assert.throws(
    () => loadConfig(spec, { ...least, KAFKA_TLS_CA_FILE: join(folder, 'empty.pem') }),
    /PEM file/,
  )
})

test('what comes from files is read anew each time, and the last text holds while one is away', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'relevo-pem-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const [ca, password] = [join(folder, 'ca.pem'), join(folder, 'password')]
  writeFileSync(ca, '-----BEGIN CERTIFICATE-----\none\n')
  writeFileSync(password, 'one\n')
  const login = { KAFKA_SASL_MECHANISM: 'scram-sha-512', KAFKA_SASL_USERNAME: 'me' }
  const env = { ...least, ...login, KAFKA_SASL_PASSWORD_FILE: password, KAFKA_TLS_CA_FILE: ca }
  const { sasl, tls } = { ...toKafkaConfig(loadConfig(spec, env)) } // services add their logger so
  assert.equal(sasl?.password, 'one')
  writeFileSync(ca, '-----BEGIN CERTIFICATE-----\ntwo\n')
  writeFileSync(password, 'two\n')
  assert.equal(sasl?.password, 'two')
  assert.match(tls?.ca ?? '', /two/)
  rmSync(password)
  writeFileSync(ca, 'half a file')
  assert.equal(sasl?.password, 'two')
  assert.match(tls?.ca ?? '', /two/)
  const both = { ...env, KAFKA_SASL_PASSWORD: 'pw' }
  assert.throws(
    () => loadConfig(spec, both),
    /KAFKA_SASL_PASSWORD must not be set with KAFKA_SASL_PASSWORD_FILE/,
  )
  assert.throws(() => loadConfig(spec, env), /KAFKA_SASL_PASSWORD_FILE must be a file that can be read/)
})

test('describes every variable with its default', () => {
  const help = describeConfig(spec)
  assert.match(help, /PORT\n {4}Port to listen on.*\n {4}\(whole number from 0 to 65535; default 3000\)/)
  assert.match(help, /TOKEN\n {4}Token\n {4}\(secret text; required\)/)
  assert.equal(help.split('\n').length, Object.keys(spec.variables).length * 3)
})

test('an address of a broker has a host and a port', () => {
  const brokersOf = (text: string) => loadConfig(spec, { ...least, KAFKA_BROKERS: text }).kafkaBrokers
  assert.deepEqual(brokersOf('[::1]:9092,kafka-1.x:1'), ['[::1]:9092', 'kafka-1.x:1'])
  for (const wrong of [
    'kafka',
    'kafka:',
    'kafka:0',
    'kafka:65536',
    'kafka:9092/x',
    'http://kafka:9092',
    'a:1,b',
  ])
    assert.throws(() => brokersOf(wrong), {
      code: 'invalidConfig',
      message: /KAFKA_BROKERS must be a list of host:port/,
    })
})

test('services are named once, each with its base URL', () => {
  const services = serviceUrls('SERVICES', { default: [], doc: 'Where services are' })
  assert.deepEqual(services.parse('a=http://a:1/, b-2=https://b/x'), [
    { name: 'a', url: 'http://a:1' },
    { name: 'b-2', url: 'https://b/x' },
  ])
  assert.deepEqual(services.parse(''), [])
  for (const wrong of ['a', 'a=', '=http://a', 'A=http://a', 'a=ftp://a', 'a=http://a,b'])
    assert.throws(() => services.parse(wrong), /a list of name=http:\/\/host:port, by commas/, wrong)
  assert.throws(() => services.parse('a=http://a,a=http://b'), /a is there twice/)
})
