import type { AlertGroup } from './alert.ts'

const requests = (status: string) =>
  `relevo_http_request_seconds_count{namespace="n",job="j",method="POST",route="/orders",status="${status}"}`

const errors = 'relevo_http_request_seconds_count{status=~"5.."}'

export const services: AlertGroup = {
  name: 'relevo-services',
  alerts: [
    {
      name: 'RelevoRequestsFail',
      severity: 'page',
      expr: `sum by (namespace, job) (rate(${errors}[5m])) / sum by (namespace, job) (rate(relevo_http_request_seconds_count[5m])) > 0.05`,
      for: '5m',
      keepFiringFor: '5m',
      summary:
        '{{ $labels.job }} answers {{ $value | humanizePercentage }} of its requests with an error of its own',
      impact: 'Its users are turned away.',
      runbook: 'requests-fail',
      fires: { series: { [requests('201')]: '0+50x40', [requests('503')]: '0+10x40' }, at: '20m' },
      quiet: {
        series: { [requests('201')]: '0+50x40', [requests('503')]: '0+1x40', [requests('409')]: '0+50x40' },
        at: '20m',
      },
    },
    {
      name: 'RelevoBreakerOpen',
      severity: 'page',
      expr: 'max by (namespace, job, service) (relevo_gateway_breaker_open) > 0',
      for: '2m',
      keepFiringFor: '5m',
      summary: 'The gateway leaves {{ $labels.service }} alone, which has failed again and again',
      impact: 'Whatever needs that service is answered 503 at once.',
      runbook: 'requests-fail',
      fires: {
        series: { 'relevo_gateway_breaker_open{namespace="n",job="j",service="orders"}': '0x2 1x20' },
        at: '10m',
      },
      quiet: {
        series: { 'relevo_gateway_breaker_open{namespace="n",job="j",service="orders"}': '0x2 1x1 0x20' },
        at: '10m',
      },
    },
    {
      name: 'RelevoPaymentsUnsettled',
      severity: 'page',
      expr: 'max by (namespace, job) (relevo_payment_unsettled_payments) > 0',
      for: '1m',
      summary: 'The outcome of {{ $value }} payments is not known for longer than it may take',
      impact: 'Their orders wait, and money may have moved. The provider is asked again by itself.',
      runbook: 'payments',
      fires: {
        series: { 'relevo_payment_unsettled_payments{namespace="n",job="j"}': '0x2 2x20' },
        at: '10m',
      },
      quiet: { series: { 'relevo_payment_unsettled_payments{namespace="n",job="j"}': '0x20' }, at: '10m' },
    },
    {
      name: 'RelevoMailServerAway',
      severity: 'ticket',
      expr: 'min by (namespace, job) (relevo_notifications_mail_server_away) > 0',
      for: '15m',
      summary: 'The mail server has taken nothing from {{ $labels.job }} for a quarter of an hour',
      impact: 'Nobody is sent mails. They wait, and go out when it is back.',
      runbook: 'notifications',
      fires: {
        series: { 'relevo_notifications_mail_server_away{namespace="n",job="j"}': '1x40' },
        at: '20m',
      },
      quiet: {
        series: { 'relevo_notifications_mail_server_away{namespace="n",job="j"}': '1x5 0x40' },
        at: '20m',
      },
    },
    {
      name: 'RelevoCertificateExpires',
      severity: 'ticket',
      expr: 'min by (namespace, job, file) (relevo_certificate_expiry_timestamp_seconds) - time() < 604800',
      for: '1h',
      summary:
        'The certificate {{ $labels.file }} of {{ $labels.job }} expires in {{ $value | humanizeDuration }}',
      impact: 'From then on the service is not let in by Postgres or Kafka, or trusts them no more.',
      runbook: 'certificates',
      // Time begins at 0 in these tests.
      fires: {
        series: {
          'relevo_certificate_expiry_timestamp_seconds{namespace="n",job="j",file="ca.crt"}': '500000x90',
        },
        at: '80m',
      },
      quiet: {
        series: {
          'relevo_certificate_expiry_timestamp_seconds{namespace="n",job="j",file="ca.crt"}': '900000x90',
        },
        at: '80m',
      },
    },
  ],
}
