import { downArgv } from '../docker/compose-argv.ts'

export type ImageState = { readonly id: string; readonly tags: readonly string[] }
export type CleanStep = { readonly argv: readonly [string, ...string[]]; readonly because: string }

/** The commands that remove a project's containers and the images of it that no version tag names. Volumes stay. */
export function planClean(
  project: string,
  repository: string,
  containers: readonly string[],
  images: readonly ImageState[],
): CleanStep[] {
  const steps: CleanStep[] = []
  for (const name of [project, `${project}-dev`]) {
    if (!containers.includes(name)) continue
    steps.push({
      argv: downArgv(name),
      because: 'its containers and networks; volumes stay',
    })
  }
  const passing = (tag: string) => tag.startsWith(`${repository}:build-`) || tag === `${repository}:dev`
  const removable = images.flatMap(({ id, tags }) => (tags.length === 0 ? [id] : tags.filter(passing)))
  if (removable.length > 0)
    steps.push({ argv: ['docker', 'image', 'rm', ...removable], because: 'no version tag names them' })
  return steps
}
