import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitepress'
import { dropComments, keepBraces, repositoryLinks } from './markdown.ts'
import { pageOf, slugOf } from './pages.ts'

const root = resolve(import.meta.dirname, '../..')

const titleOf = (file: string) => /^# (.+)$/m.exec(readFileSync(join(root, file), 'utf8'))?.[1] ?? file
const item = (file: string, text = titleOf(file)) => ({
  text: text.replaceAll('`', ''),
  link: `/${pageOf(file)?.replace(/\.md$/, '')}`,
})
const inFolder = (folder: string) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.md'))
    .sort()
    .map((file) => item(`${folder}/${file}`))
const readmesOf = (folder: string) =>
  readdirSync(join(root, folder))
    .filter((name) => existsSync(join(root, folder, name, 'README.md')))
    .sort()
    .map((name) => item(`${folder}/${name}/README.md`, name))
const optional = (file: string, text?: string) => (existsSync(join(root, file)) ? [item(file, text)] : [])

/** Their tables have more columns than fit beside an outline. */
const wide = new Set(['comparison.md', 'benchmarks.md', 'drills.md'])
const icon = `data:image/svg+xml;base64,${readFileSync(join(root, 'services/console/pages/icon.svg')).toString('base64')}`

/** Has pages outside of this folder find the packages that are installed in it. */
function packagesOf(importer: string): Plugin {
  return {
    name: 'packages-of-the-site',
    enforce: 'pre',
    resolveId(id) {
      return /^vue(?:\/|$)/.test(id) ? this.resolve(id, importer, { skipSelf: true }) : undefined
    },
  }
}

export default defineConfig({
  title: 'Relevo',
  description: 'A transactional outbox for Postgres and Kafka, in TypeScript',
  lang: 'en',
  head: [['link', { rel: 'icon', href: icon }]],
  // The folder of the server that the site is put into.
  base: process.env.SITE_BASE ?? '/',
  srcDir: '..',
  srcExclude: [
    'README.md',
    'packages/cli/template/**',
    '{bench,demo,drills,k8s,observe,proof,scripts,systems,tests,.relevo}/**',
    '**/node_modules/**',
  ],
  rewrites: (id) => pageOf(id) ?? id,
  outDir: '.vitepress/dist',
  cacheDir: '.vitepress/cache',
  cleanUrls: false,
  lastUpdated: false,
  ignoreDeadLinks: 'localhostLinks',
  vite: {
    server: { fs: { allow: [root] } },
    plugins: [packagesOf(import.meta.filename)],
    publicDir: join(root, 'docs/images'),
  },
  markdown: {
    anchor: { slugify: slugOf },
    headers: { slugify: slugOf },
    // `<name>` in a text is no tag, as on GitHub. Comments say how commands are run.
    html: false,
    config: (md) => {
      dropComments(md)
      keepBraces(md)
      repositoryLinks(root)(md)
    },
  },
  transformPageData: (page) => {
    if (wide.has(page.relativePath)) page.frontmatter.aside = false
  },
  themeConfig: {
    logo: { src: icon, alt: '' },
    search: { provider: 'local' },
    outline: [2, 3],
    externalLinkIcon: true,
    nav: [
      { text: 'Tutorial', link: '/tutorial' },
      { text: 'How to', link: '/how-to/own-event' },
      { text: 'Reference', link: '/reference/configuration' },
      { text: 'Compared', link: '/comparison' },
    ],
    sidebar: [
      {
        text: 'Start',
        items: [
          item('docs/tutorial.md'),
          item('docs/running.md'),
          item('docs/guarantees.md'),
          item('docs/comparison.md'),
        ],
      },
      {
        text: 'How to',
        items: [
          item('docs/how-to/own-event.md'),
          item('docs/how-to/saga.md'),
          item('docs/new-service.md'),
          item('docs/how-to/operate.md'),
          item('docs/how-to/upgrade.md'),
          item('docs/how-to/restore.md'),
          item('docs/console.md'),
          item('docs/kubernetes.md'),
        ],
      },
      {
        text: 'Explanation',
        items: [
          item('docs/explanation/cursor.md'),
          item('docs/explanation/key-lock.md'),
          item('docs/glossary.md'),
        ],
      },
      {
        text: 'Reference',
        items: [...inFolder('docs/reference'), ...optional('charts/relevo/README.md', 'Chart values')],
      },
      { text: 'Measured', items: [item('docs/benchmarks.md'), item('docs/drills.md')] },
      { text: 'Packages', collapsed: true, items: readmesOf('packages') },
      { text: 'Services', collapsed: true, items: readmesOf('services') },
      { text: 'Runbooks', collapsed: true, items: inFolder('docs/runbooks') },
      { text: 'Decisions', collapsed: true, items: inFolder('docs/adr') },
      {
        text: 'Project',
        items: [...optional('CONTRIBUTING.md'), ...optional('CHANGELOG.md')],
      },
    ],
  },
})
