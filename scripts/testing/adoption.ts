import { join } from 'node:path/posix'
import { parse } from 'yaml'
import { planAdoption } from '../adopt/plan.ts'
import type { Project, Service, SourceTree } from '../adopt/source-tree.ts'

type Adoption = ReturnType<typeof planAdoption>
type Proposed = { services: Record<string, Record<string, unknown>> }

/** Where the checkout of the tests lies. */
export const ROOT = '/shop'
/** That checkout with nothing in it. */
export const EMPTY: SourceTree = {
  ...{ dir: '.', root: ROOT, composeFile: 'dartagnan.compose.yaml', project: 'shop', given: {}, compose: undefined },
  ...{ sources: {}, files: [], tracked: [], lock: {}, images: {}, binds: {}, live: [], secretFiles: {}, ran: {} },
}
/** A Compose project of those services. */
export const projectOf = (services: Readonly<Record<string, Service>>): Project => ({
  ...{ file: 'compose.yaml', text: '', name: 'shop', services, volumes: {} },
})

/** The Dockerfile of an application, and the service that it is. */
export const IMAGE = 'FROM node:24\nWORKDIR /app\nCOPY . .\nEXPOSE 3000\nCMD ["node", "a.js"]\n'
export const WEB: Service = { build: { context: ROOT }, ports: [{ target: 3000, published: '3000' }] }
/** A mount of a path of the checkout. */
export const bind = (source: string, target: string, more = {}) => ({
  ...{ type: 'bind', source: join(ROOT, source, '.'), target },
  ...more,
})

/** What else a repository has beside its services. */
export type Over = { sources?: SourceTree['sources']; project?: Partial<Project>; tree?: Partial<SourceTree> }
/** The proposal for a repository of that Dockerfile and these services; without services, it has no Compose file. */
export function adopt(
  services: Record<string, Service> | undefined,
  { sources = {}, project = {}, tree = {} }: Over = {},
): Adoption {
  const all: Record<string, string> = { Dockerfile: IMAGE, ...sources }
  const files = Object.keys(all)
  const compose = services && { ...projectOf(services), ...project }
  return planAdoption({ ...EMPTY, sources: all, files, tracked: files, compose, ...tree })
}

/** The Compose file that is proposed. */
export const composed = ({ files }: Pick<Adoption, 'files'>): Proposed =>
  parseProposal(files.find(({ path }) => path === 'dartagnan.compose.yaml')?.text ?? 'services: {}') as Proposed

/** A proposed Compose file, without what Compose takes away. */
export const parseProposal = (text: string): unknown =>
  parse(text, { customTags: [{ tag: '!reset', resolve: () => undefined }] })

/** What is said of a check: each verdict, with what was found. */
export const said = ({ findings }: Pick<Adoption, 'findings'>, check: string): string[] =>
  findings.filter((one) => one.check === check).map(({ verdict, found }) => `${verdict}: ${found}`)
