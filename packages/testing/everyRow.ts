import type pg from 'pg'

/** For tests: every row of every table of the database as text, with its bytes as they are and as text. */
export async function everyRow(pool: pg.Pool): Promise<string> {
  const { rows: tables } = await pool.query<{ name: string }>(`
    select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`)
  const texts = await Promise.all(
    tables.map(async ({ name }) => {
      const { rows } = await pool.query<{ text: string }>(`select t::text as text from ${name} t`)
      return `${name}\n${rows.map(({ text }) => `${text} ${fromHex(text)}`).join('\n')}`
    }),
  )
  return texts.join('\n')
}

function fromHex(text: string): string {
  return [...text.matchAll(/\\x([0-9a-f]+)/g)]
    .map(([, hex = '']) => Buffer.from(hex, 'hex').toString('latin1'))
    .join(' ')
}
