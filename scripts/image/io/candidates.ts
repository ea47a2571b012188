import { Failure } from '../../cli/failure.ts'
import { findImage } from '../../docker/io/engine.ts'
import { candidateTag } from '../build.ts'
import { type Builds, callBuild } from '../builds.ts'

/** The ids of the images that were built for a version: the application's, and those of other builds by their names. */
export type Candidates = { readonly image: string; readonly built: Readonly<Record<string, string>> }

/** Finds the images that were built for a version. Throws a Failure where one was not. */
export async function findCandidates([app, ...others]: Builds, version: string, next: string): Promise<Candidates> {
  const find = async (build: Builds[number]) => {
    const id = (await findImage(candidateTag(build.repository, version)))?.Id
    if (id !== undefined) return id
    const what = others.length > 0 ? `no image of ${callBuild(build)}` : 'no image'
    throw new Failure(`${what} was built for ${version}`, { next })
  }
  const built: Record<string, string> = {}
  for (const build of others) built[build.name] = await find(build)
  return { image: await find(app), built }
}
