import { createProgram } from '@relevo/cli'
import { markdownTable } from '../markdownTable.ts'
import { cell, code, escapeTags, pageHead } from './markdown.ts'

type Program = ReturnType<typeof createProgram>

/** Every command of `relevo`. */
export function renderCli(): string {
  const program = createProgram(() => async () => {})
  return `${[
    pageHead('The command relevo', 'packages/cli'),
    `${escapeTags(program.description())}

Exit codes: 0 done or healthy, 1 not, 2 wrong use. \`relevo <command> --help\` prints what is here.`,
    ...optionTable(program),
    ...program.commands.flatMap((command) => describeCommand(command, 'relevo', 2)),
  ].join('\n\n')}\n`
}

function describeCommand(command: Program, parent: string, level: number): string[] {
  const name = `${parent} ${command.name()}`
  const words = command.registeredArguments.map((argument) => {
    const text = `${argument.name()}${argument.variadic ? '...' : ''}`
    return argument.required ? `<${text}>` : `[${text}]`
  })
  const args = command.registeredArguments.flatMap((argument) => {
    const choices = argument.argChoices && `one of ${argument.argChoices.join(', ')}`
    const meaning = [argument.description, choices].filter(Boolean).join('; ')
    return meaning === '' ? [] : [[code(argument.name()), cell(meaning)]]
  })
  const isGroup = command.commands.length > 0
  return [
    `${'#'.repeat(level)} ${name}`,
    `${escapeTags(command.description())}.`,
    ...(isGroup ? [] : [`\`\`\`text\n${[name, ...words].join(' ')}\n\`\`\``]),
    ...(args.length > 0 ? [markdownTable(['argument', 'meaning'], args)] : []),
    ...(isGroup ? [] : optionTable(command)),
    ...command.commands.flatMap((child) => describeCommand(child, name, level + 1)),
  ]
}

function optionTable(command: Program): string[] {
  const rows = command.options.map(({ flags, description, defaultValue }) => [
    code(flags),
    cell(`${description}${defaultValue === undefined ? '' : `; default ${defaultValue}`}`),
  ])
  return rows.length === 0 ? [] : [markdownTable(['option', 'meaning'], rows)]
}
