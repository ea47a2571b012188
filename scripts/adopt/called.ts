import { codeOf } from './app-code.ts'
import { isSameBuild, stageOf, withBuilder } from './build.ts'
import { type Behind, commandOf, environmentOf } from './draft.ts'
import { servesFiles } from './guess.ts'
import { serverOf } from './server.ts'
import { CODE, dependenciesOf, namesOf, type Project, type SourceTree } from './source-tree.ts'

/**
 * The services that each one calls, with their ports: its code has their URL, its environment their name, or it depends on them and
 * they have a port open. Databases are not among them, nor workers: these have no port.
 */
export const calledByEach = (tree: SourceTree, project: Project): Behind =>
  new Map(Object.keys(project.services).map((name) => [name, calledBy(tree, project, name)]))

function calledBy(tree: SourceTree, project: Project, service: string): Map<string, number> {
  const { [service]: own = {}, ...others } = project.services
  const spec = withBuilder(project, own)
  const stage = stageOf(tree, spec)
  const command = commandOf({ spec, stage })
  const told = [...environmentOf({ spec, stage }).map(([, value]) => value), ...command]
  const code = Object.entries(codeOf({ tree, project }, service)).flatMap(([file, text]) =>
    CODE.test(file) ? text : [],
  )
  // What runs in a browser calls nothing by these names.
  const needed = servesFiles(stage?.image ?? spec.image ?? '', command) ? {} : dependenciesOf(spec)
  const ports = Object.entries(others).map(([name, other]) => {
    const hosts = namesOf(project, name).map((host) => host.replaceAll(/\W/g, '\\$&'))
    const host = `(?:${hosts.join('|')})(?![\\w.-])(?::(\\d+))?`
    const url = new RegExp(`(?:://|@|["'\`](?=[^"'\`]+:\\d))${host}`)
    const value = new RegExp(`(?:^|://|[@=,])${host}`)
    const found = [...told.map((text) => value.exec(text)), ...code.map((text) => url.exec(text))].find(Boolean)
    const built = withBuilder(project, other)
    const [exposed] = isSameBuild(built.build, spec.build) ? [] : (stageOf(tree, built)?.ports ?? [])
    const [own] = [...(other.expose ?? []), ...(other.ports ?? []).map(({ target }) => target)]
    // What has ended answers nobody.
    const isNeeded = name in needed && needed[name]?.condition !== 'service_completed_successfully'
    const isCalled = (found || isNeeded) && !serverOf(tree, project, name)
    return [name, isCalled ? Number(own ?? found?.[1] ?? exposed) : 0] as const
  })
  return new Map(ports.filter(([, port]) => port > 0))
}
