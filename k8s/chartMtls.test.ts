// Services that know each other by certificates (mtls.enabled).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Resource, renderChart, skipChartTests } from './helm.ts'

const skip = await skipChartTests()
const enabled = ['--set', 'mtls.enabled=true']

const named = (resources: readonly Resource[], kind: string, name: string): Resource => {
  const found = resources.find((one) => one.kind === kind && one.metadata.name === name)
  assert.ok(found, `${kind}/${name}`)
  return found
}
const containerOf = (resources: readonly Resource[], name: string) =>
  named(resources, 'Deployment', name).spec.template.spec.containers[0]

test('every service has a certificate of its own, and asks for one; the gateway answers those outside', {
  skip,
}, async () => {
  const resources = await renderChart(enabled)
  for (const { kind, metadata, spec } of resources) {
    if (kind !== 'Deployment' && kind !== 'StatefulSet') continue
    const { containers, volumes } = spec.template.spec
    const [{ name, ports, readinessProbe, startupProbe, livenessProbe }] = containers
    const isEdge = name === 'gateway'
    const secret = volumes.find((volume: { name: string }) => volume.name === 'mtls')?.secret
    assert.equal(secret?.secretName, `${metadata.name}-mtls`)
    const { data } = named(resources, 'ConfigMap', metadata.name)
    assert.equal(data.TLS_CERT_FILE, '/etc/relevo/mtls/tls.crt')
    assert.equal(data.PROBE_PORT, isEdge ? undefined : '9080')
    assert.deepEqual(
      ports.map((port: { name: string }) => port.name),
      isEdge ? ['http'] : ['http', 'probe'],
    )
    for (const probe of [readinessProbe, startupProbe, livenessProbe])
      assert.equal(probe.httpGet.port, isEdge ? 'http' : 'probe', name)
    const certificate = named(resources, 'Certificate', `${metadata.name}-mtls`).spec
    assert.deepEqual(certificate.usages, ['server auth', 'client auth'])
    assert.ok(certificate.dnsNames.includes(metadata.name))
  }
})

test('services ask each other by https, and the gateway is asked by http', { skip }, async () => {
  const resources = await renderChart(enabled)
  const settings = (name: string) => named(resources, 'ConfigMap', `relevo-${name}`).data
  assert.match(settings('gateway').GATEWAY_SERVICES, /^(?:[\w-]+=https:\/\/[^,]+,?)+$/)
  assert.match(settings('gateway').AUTH_JWKS_URL, /^https:/)
  assert.match(settings('profiles').USERS_URL, /^https:/)
  assert.match(settings('monitor').MONITORED_SERVICES, /orders=https:.*/)
  assert.match(settings('monitor').MONITORED_SERVICES, /gateway=http:/)
  const tests = resources.filter(({ kind }) => kind === 'Pod')
  for (const { spec } of tests)
    for (const { name, value } of spec.containers[0].env)
      if (/_URL$/.test(name)) assert.match(value, name === 'GATEWAY_URL' ? /^http:/ : /^https:/, name)
  const volumes: { name: string; secret?: { secretName: string } }[] = tests[0]?.spec.volumes ?? []
  assert.equal(volumes.find(({ name }) => name === 'mtls')?.secret?.secretName, 'relevo-test-mtls')
})

test('the authority is the own one, an issuer that is there, or that of a given secret', {
  skip,
}, async () => {
  const issuers = (resources: readonly Resource[]) => resources.filter(({ kind }) => kind === 'Issuer').length
  assert.equal(issuers(await renderChart(enabled)), 2)
  const issuer = ['name=corp', 'kind=ClusterIssuer', 'group=cert-manager.io'].map(
    (text) => `mtls.issuer.${text}`,
  )
  const signed = await renderChart([...enabled, '--set', issuer.join(',')])
  assert.equal(issuers(signed), 0)
  assert.deepEqual(named(signed, 'Certificate', 'relevo-orders-mtls').spec.issuerRef, {
    name: 'corp',
    kind: 'ClusterIssuer',
    group: 'cert-manager.io',
  })
  const given = await renderChart([...enabled, '--set', 'mtls.existingSecret=corp-tls'])
  assert.equal(given.filter(({ kind }) => kind === 'Certificate' || kind === 'Issuer').length, 0)
  const volumes = named(given, 'Deployment', 'relevo-orders').spec.template.spec.volumes
  assert.equal(volumes.find(({ name }: { name: string }) => name === 'mtls').secret.secretName, 'corp-tls')
})

test('metrics are scraped where probes are', { skip }, async () => {
  const resources = await renderChart([...enabled, '--set', 'serviceDefaults.podMonitor.enabled=true'])
  const port = (name: string) => named(resources, 'PodMonitor', name).spec.podMetricsEndpoints[0].port
  assert.equal(port('relevo-orders'), 'probe')
  assert.equal(port('relevo-gateway'), 'http')
  const { ingress } = named(resources, 'NetworkPolicy', 'relevo-orders').spec
  assert.deepEqual(
    ingress[0].ports.map((each: { port: string }) => each.port),
    ['http', 'probe'],
  )
})

test('without it nothing of it is there', { skip }, async () => {
  const resources = await renderChart()
  // The program of helm test knows of it.
  const found = resources.filter(
    (one) => one.kind !== 'Pod' && /mtls|TLS_CERT_FILE|PROBE_PORT/.test(JSON.stringify(one)),
  )
  assert.deepEqual(
    found.map(({ metadata }) => metadata.name),
    [],
  )
  assert.equal(containerOf(resources, 'relevo-orders').readinessProbe.httpGet.port, 'http')
})
