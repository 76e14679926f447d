import { Account } from '../account.ts'
import { withStock } from '../data.ts'
import type { Step } from '../followSteps.ts'
import type { UserUrls } from '../places.ts'
import type { Shop } from '../shop.ts'
import { seen } from './demoCase.ts'

/** A user's way: registered, verified, logged in, with an order; then disabled. */
export const userAccount = {
  title: 'Cuenta de usuario',
  result: 'Usuario registrado y verificado, orden por el gateway; deshabilitado, ya no entra',
  async begin(shop: Shop, urls: UserUrls): Promise<Step[]> {
    const account = new Account(urls)
    const mouse = await withStock(shop, 'MOUSE-001', 1)
    const id = await account.register()
    let code = ''
    let orderId = ''
    const found = async () => {
      code = (await account.findCode()) ?? ''
      return code === '' ? undefined : `a ${account.email}`
    }
    const ordered = async () => {
      const order = await account.placeOrder([{ product: mouse, quantity: 1 }])
      orderId = order.id
      return order.order_number
    }
    const refused = async (status: Promise<number>) => ((await status) === 401 ? '401' : undefined)
    return [
      seen('Cliente se registra; User Service publica USER_CREATED', id),
      { text: 'Notification Service envía el código de verificación', look: found },
      { text: 'Cliente verifica su dirección', look: () => account.verify(code).then(() => '') },
      { text: 'Cliente inicia sesión', look: async () => `token válido ${await account.login()} s` },
      {
        text: 'CRUD Service tiene su perfil',
        look: async () => {
          const profile = await account.findProfile()
          return profile && `idioma ${profile.language}`
        },
      },
      { text: 'Cliente crea orden por el gateway', look: ordered },
      {
        text: 'Orden confirmada',
        look: async () => {
          const { status } = await account.readOrder(orderId)
          return status === 'CONFIRMED' ? status : undefined
        },
      },
      { text: 'Administrador deshabilita la cuenta', look: () => account.disable().then(() => '') },
      { text: 'El gateway rechaza su token', look: () => refused(account.statusOfToken()) },
      { text: 'El cliente ya no puede iniciar sesión', look: () => refused(account.statusOfLogin()) },
    ]
  },
}
