import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '@relevo/kit'
import { config } from '../config.ts'
import { traceUrlBy } from './traceUrl.ts'

const id = '4bf92f3577b34da6a3ce929d0e0e4736'
const sampled = { traceparent: `00-${id}-00f067aa0ba902b7-01` }

test('an event whose trace was sampled leads to it, where there is a tracing back end', () => {
  const of = traceUrlBy('https://jaeger.example/trace/{traceId}?from={traceId}')
  assert.equal(of(sampled), `https://jaeger.example/trace/${id}?from=${id}`)
  for (const traceparent of [`00-${id}-00f067aa0ba902b7-00`, '00-x-y-01', '', `00-${id}-01`])
    assert.equal(of({ traceparent }), null, traceparent)
  assert.equal(of({}), null)
  assert.equal(traceUrlBy(undefined)(sampled), null)
})

test('what is no URL of a page, or says not where the id goes, is refused', () => {
  const env = { DATABASE_URL: 'postgres://localhost/x', KAFKA_BROKERS: 'localhost:9092' }
  const load = (url: string) => loadConfig(config, { ...env, TRACE_URL: url }).traceUrl
  assert.equal(load('http://localhost:16686/trace/{traceId}'), 'http://localhost:16686/trace/{traceId}')
  for (const url of ['https://jaeger.example/trace/', 'javascript:alert("{traceId}")', '{traceId}'])
    assert.throws(() => load(url), /TRACE_URL must be a URL with \{traceId\} in it/, url)
})
