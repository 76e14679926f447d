import { parse } from 'yaml'

interface Rule {
  readonly expr: string
  readonly for?: string
  readonly keep_firing_for?: string
}

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[]
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }

/**
 * Rules whose windows and waiting times are so many times shorter, so that a drill of minutes shows what takes an hour: what they
 * compare with stays. @param text a file of rules. @throws Error for a time that it does not know.
 */
export function hurryRules(text: string, factor: number): RuleFile {
  const { groups }: RuleFile = parse(text)
  const shorten = (time: string) => shorterTime(time, factor)
  return {
    groups: groups.map(({ name, rules }) => ({
      name,
      rules: rules.map((rule) => ({
        ...rule,
        expr: rule.expr.replace(/(\[|offset )(\w+)/g, (_, before, time) => before + shorten(time)),
        ...(rule.for !== undefined && { for: shorten(rule.for) }),
        ...(rule.keep_firing_for !== undefined && { keep_firing_for: shorten(rule.keep_firing_for) }),
      })),
    })),
  }
}

function shorterTime(time: string, factor: number): string {
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(time) ?? []
  const seconds = Number(count) * (unitSeconds[unit] ?? Number.NaN)
  if (Number.isNaN(seconds)) throw new Error(`"${time}" is no time such as 30s, 5m, 6h or 3d.`)
  return seconds === 0 ? '0s' : `${Math.max(1, Math.round(seconds / factor))}s`
}
