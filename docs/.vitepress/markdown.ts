import { resolve } from 'node:path'
import type { MarkdownRenderer } from 'vitepress'
import { isRelative, pageOf, targetOf } from './pages.ts'

type Token = ReturnType<MarkdownRenderer['parse']>[number]

/** Has links lead to the pages that files of the repository are; other files are named only. */
export function repositoryLinks(root: string) {
  return (md: MarkdownRenderer): void => {
    md.core.ruler.push('repository-links', ({ tokens, env }) => {
      // `path` is where the page is in the site; the index for search is made without the other.
      const { realPath, path } = env as { realPath?: string; path: string }
      const file = resolve(realPath ?? path).slice(root.length + 1)
      for (const { children } of tokens) if (children) leadToPages(children, file)
    })
  }
}

function leadToPages(tokens: readonly Token[], file: string): void {
  for (const [at, token] of tokens.entries()) {
    const href = token.type === 'link_open' ? token.attrGet('href') : null
    if (href === null || href.startsWith('#') || !isRelative(href)) continue
    const { path, anchor } = targetOf(file, href)
    const page = pageOf(path)
    if (page === undefined)
      nameOnly(
        token,
        tokens.slice(at).find(({ type }) => type === 'link_close'),
        path,
      )
    else token.attrSet('href', `/${page}${anchor && `#${anchor}`}`)
  }
}

function nameOnly(open: Token, close: Token | undefined, path: string): void {
  open.type = 'file_open'
  open.tag = 'span'
  open.attrs = [
    ['class', 'file'],
    ['title', path],
  ]
  if (close === undefined) return
  close.type = 'file_close'
  close.tag = 'span'
}

/** Leaves comments out, which would be shown where HTML is not taken as such. */
export function dropComments(md: MarkdownRenderer): void {
  md.core.ruler.before('normalize', 'drop-comments', (state) => {
    state.src = state.src.replaceAll(/^<!--[\s\S]*?-->$/gm, '')
  })
}

/** Shows `{{ … }}` as it is written: it is Helm's or GitHub's, and nothing to evaluate here. */
export function keepBraces(md: MarkdownRenderer): void {
  for (const name of ['text', 'code_inline', 'code_block'] as const) {
    const render = md.renderer.rules[name]
    if (render) md.renderer.rules[name] = (...args) => render(...args).replaceAll('{{', '&#123;&#123;')
  }
}
