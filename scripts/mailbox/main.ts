// The mail server of npm start: PORT has its page, SMTP_PORT takes the mails.
import { startMailbox } from './mailbox.ts'

const { PORT = '8025', SMTP_PORT = '1025' } = process.env
const { stop } = await startMailbox({ smtpPort: Number(SMTP_PORT), webPort: Number(PORT) })
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop())
