import { parse } from 'yaml'
import type { planAdoption } from '../adopt/plan.ts'

type Adoption = ReturnType<typeof planAdoption>
type Proposed = { services: Record<string, Record<string, unknown>> }

/** The Compose file that is proposed. */
export const composed = ({ files }: Pick<Adoption, 'files'>): Proposed =>
  parse(files.find(({ path }) => path === 'dartagnan.compose.yaml')?.text ?? 'services: {}') as Proposed

/** What is said of a check: each verdict, with what was found. */
export const said = ({ findings }: Pick<Adoption, 'findings'>, check: string): string[] =>
  findings.filter((one) => one.check === check).map(({ verdict, found }) => `${verdict}: ${found}`)
