import { parse } from 'yaml'
import type { planAdoption } from '../adopt/plan.ts'
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

/** The Compose file that is proposed. */
export const composed = ({ files }: Pick<Adoption, 'files'>): Proposed =>
  parse(files.find(({ path }) => path === 'dartagnan.compose.yaml')?.text ?? 'services: {}') as Proposed

/** What is said of a check: each verdict, with what was found. */
export const said = ({ findings }: Pick<Adoption, 'findings'>, check: string): string[] =>
  findings.filter((one) => one.check === check).map(({ verdict, found }) => `${verdict}: ${found}`)
