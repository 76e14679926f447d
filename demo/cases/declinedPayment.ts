import { withStock } from '../data.ts'
import { type DemoCase, OrderSteps, sentTo } from './demoCase.ts'

export const declinedPayment: DemoCase = {
  title: 'Pago rechazado',
  result: 'Orden cancelada, reserva liberada, cliente notificado',
  begin: async (shop) => {
    const laptop = await withStock(shop, 'LAPTOP-001', 1)
    const lines = [{ product: laptop, quantity: 1 }]
    // The sandbox provider declines customers whose address begins so.
    const steps = new OrderSteps(shop, await shop.placeOrder('declined@example.com', lines))
    return [
      steps.placed('Cliente crea orden con un producto', lines),
      steps.published('Order Service publica ORDER_CREATED', 'ORDER_CREATED'),
      steps.saga('Inventory Service reserva el producto', 'reserve', 'done', 'RESERVED'),
      steps.payment('Payment Service rechaza el cobro', 'declined'),
      steps.saga('Order Service pide liberar la reserva', 'reserve', 'undone', 'RELEASE → RELEASED'),
      steps.cancelled('Order Service cancela orden'),
      steps.stock('El inventario queda sin cambios', laptop, 0),
      ...steps.notification('Notification Service envía email de cancelación', 'sent', sentTo),
    ]
  },
}
