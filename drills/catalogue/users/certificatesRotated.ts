import { certificateSecretOf } from '../../../k8s/cluster/certificate.ts'
import { readExpiries, renewCertificates, untilUsed } from '../../edge/certificates.ts'
import { onEdge } from '../../edge/onEdge.ts'

const components = ['gateway', 'users', 'orders', 'inventory']

export const certificatesRotated = onEdge({
  name: 'certificatesRotated',
  title: 'The certificates of gateway and services renewed',
  hypothesis:
    'Each pod looks at its files and takes a new certificate for connections from then on; those that are there live on. No request fails, and no pod is started anew.',
  fault:
    'what `cmctl renew` does to every certificate, or new ones of the same authority in the given secret',
  budget: { firstDeliveryMs: 5_000, firstEffectMs: 5_000, caughtUpMs: 10_000 },
  missing: async (context) =>
    (await certificateSecretOf(context.kube, context.release, 'users')) === undefined
      ? 'the services have no certificates (install with --set mtls.enabled=true)'
      : undefined,
  mayFail: { at: 'nothing' },
  inject: async (context) => {
    const before: Record<string, number> = {}
    const secrets = new Set<string>()
    for (const component of components) {
      before[component] = Math.max(...(await readExpiries(context, component)))
      secrets.add((await certificateSecretOf(context.kube, context.release, component)) ?? '')
    }
    const beganAt = Date.now()
    await renewCertificates(context, [...secrets])
    context.print('the secrets have new certificates; waiting until every pod uses its own')
    await untilUsed(context, before)
    return { beganAt, endedAt: Date.now() }
  },
})
