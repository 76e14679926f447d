import { join } from 'node:path'
import { root } from './dataDirectory.ts'
import type { PortPlan } from './portPlan.ts'
import { logFileOf, type StartServicesOptions } from './startServices.ts'
import { type SupervisedService, supervise } from './supervisor.ts'

/** Starts the mail server, which keeps every mail for a person to look at and sends none on. The caller stops it. */
export function startMailServer(
  { smtp, page }: NonNullable<PortPlan['mail']>,
  { logDirectory, environment, print }: Pick<StartServicesOptions, 'logDirectory' | 'environment' | 'print'>,
): SupervisedService {
  return supervise({
    name: 'mailbox',
    file: join(root, 'scripts/mailbox/main.ts'),
    nodeFlags: [],
    variables: { ...environment, PORT: String(page), SMTP_PORT: String(smtp) },
    logFile: logFileOf(logDirectory, 'mailbox'),
    print,
  })
}

/** How services find it. */
export function mailVariables({ mail }: PortPlan): Record<string, string> {
  if (!mail) return {}
  return { SMTP_URL: `smtp://127.0.0.1:${mail.smtp}`, SMTP_FROM: 'Tienda Relevo <tienda@relevo.test>' }
}
