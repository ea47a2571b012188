import { log } from '../../cli/io/log.ts'
import { TestProject } from '../../testing/test-project.ts'
import { plotGrowth, renderGrowth } from '../growth.ts'
import { type BenchSuite, renderData, renderDeploys, renderGate, renderHops } from '../report.ts'
import { renderSwarm } from '../swarm.ts'
import { measureBackup, measureHolds } from './backups.ts'
import { measure } from './deploys.ts'
import { measureGate } from './gate.ts'
import { measureGrowth } from './growth.ts'
import { measureHops } from './hops.ts'
import { measureSwarm } from './swarm.ts'

type Measured = { readonly document: object; readonly text: string }

const SUITES: Readonly<Record<Exclude<BenchSuite, 'swarm'>, (project: TestProject) => Promise<Measured>>> = {
  hops: async (project) => {
    const hops = await measureHops(project)
    return { document: { hops }, text: renderHops(hops) }
  },
  gate: async (project) => {
    const gate = await measureGate(project)
    return { document: { gate }, text: renderGate(gate) }
  },
  deploys: async (project) => {
    const deploys = await measure(project)
    return { document: deploys, text: renderDeploys(deploys) }
  },
  data: async (project) => {
    const data = { backup: await measureBackup(project), holds: await measureHolds(project) }
    return { document: data, text: renderData(data) }
  },
  growth: async (project) => {
    const growth = await measureGrowth(project)
    return { document: { growth }, text: `${renderGrowth(growth)}\n\n${plotGrowth(growth)}` }
  },
}

/** Measures these suites on a project of their own, and gives their results together. */
export async function measureSuites(run: string, suites: readonly BenchSuite[]): Promise<Measured> {
  const own = suites.filter((suite) => suite !== 'swarm')
  // Its engines build for themselves.
  if (own.length === 0) {
    const swarm = await measureSwarm()
    return { document: { swarm }, text: renderSwarm(swarm) }
  }
  log.step('two versions of the sample', 'built once, then deployed in turn')
  await using project = await TestProject.create({ run, own: true })
  await project.buildTwo()
  const results: Measured[] = []
  for (const suite of own) results.push(await SUITES[suite](project))
  return {
    document: Object.assign({}, ...results.map(({ document }) => document)) as object,
    text: results.map(({ text }) => text).join('\n\n'),
  }
}
