import { productOf, withStock } from '../data.ts'
import { type DemoCase, OrderSteps, seen, sentTo } from './demoCase.ts'

const usual = 1_000

export const insufficientStock: DemoCase = {
  title: 'Inventario insuficiente',
  result: 'Orden cancelada, inventario sin cambios, cliente notificado',
  begin: async (shop) => {
    await withStock(shop, 'LAPTOP-001', 1)
    const laptop = await productOf(shop, 'LAPTOP-001')
    const quantity = Math.max(usual, laptop.available_quantity + 1)
    const lines = [{ product: laptop, quantity }]
    const steps = new OrderSteps(shop, await shop.placeOrder('cliente@example.com', lines))
    return [
      steps.placed(`Cliente crea orden de ${quantity} laptops`, lines),
      steps.published('Order Service publica ORDER_CREATED', 'ORDER_CREATED'),
      steps.saga('Order Service solicita reserva de inventario', 'reserve', 'sent', 'RESERVE'),
      seen('Inventory Service verifica stock', `solo ${laptop.available_quantity} disponibles`),
      steps.saga('Inventory Service responde INSUFFICIENT_STOCK', 'reserve', 'failed'),
      steps.cancelled('Order Service cancela orden'),
      steps.stock('El inventario queda sin cambios', laptop, 0),
      ...steps.notification('Notification Service envía email de cancelación', 'sent', sentTo),
    ]
  },
}
