import { withStock } from '../data.ts'
import { type DemoCase, OrderSteps, sentTo } from './demoCase.ts'

export const failedNotification: DemoCase = {
  isOfMail: true,
  title: 'Fallo de notificación',
  result: 'Orden confirmada, notificación en DLQ para procesamiento manual, y enviada tras el reintento',
  begin: async (shop) => {
    const mouse = await withStock(shop, 'MOUSE-001', 1)
    const lines = [{ product: mouse, quantity: 1 }]
    // Channel `email` fails each try for such an address while EMAIL_SANDBOX is on.
    const steps = new OrderSteps(shop, await shop.placeOrder('undeliverable@example.com', lines))
    const tries = (attempts: number) => `${attempts} intentos`
    return [
      steps.placed('Cliente crea orden con un producto', lines),
      steps.published('Orden confirmada exitosamente', 'ORDER_CONFIRMED'),
      ...steps.notification('Notification Service intenta enviar email, falla y reintenta', 'dead', (found) =>
        tries(found.attempts),
      ),
      ...steps.notification(
        'Mensaje enviado a Dead Letter Queue (DLQ)',
        'dead',
        ({ notification_id, reason }) =>
          [`notifications.dlq: ${notification_id}`, reason].filter(Boolean).join(', '),
      ),
      ...steps.redriven('Operador la reintenta'),
      ...steps.notification('Notification Service envía el email', 'sent', sentTo),
    ]
  },
}
