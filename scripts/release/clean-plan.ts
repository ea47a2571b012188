import type { Argv } from '../cli/argv.ts'
import { downArgv } from '../docker/compose-argv.ts'
import { type ImageState, isOfBuild, isSuperseded } from './prune-images.ts'

type CleanStep = { readonly argv: Argv; readonly because: string }

/**
 * Plans the commands that remove a project's containers, and its images that no version tag names; a `needed` one stays.
 * `blind` says that a release cannot be read, which may need any image without a tag. Volumes stay.
 */
export function planClean(
  project: string,
  repository: string,
  containers: readonly string[],
  { images, needed, blind }: { images: readonly ImageState[]; needed: ReadonlySet<string>; blind: boolean },
): CleanStep[] {
  const projects = [project, `${project}-dev`].filter((name) => containers.includes(name))
  const steps: CleanStep[] = projects.map((name) => ({
    argv: downArgv(name),
    because: 'its containers and networks; volumes stay',
  }))
  const passing = (tag: string) => tag.startsWith(`${repository}:build-`) || tag === `${repository}:dev`
  const isOwn = (image: ImageState, tag: string) =>
    passing(tag) || (isOfBuild(image, tag, repository) && /:build-[^:]*$/.test(tag))
  const removable = images.flatMap((image) =>
    !blind && image.tags.length === 0 && isSuperseded(image, project, needed)
      ? [image.id]
      : image.tags.filter((tag) => isOwn(image, tag)),
  )
  if (removable.length > 0)
    steps.push({ argv: ['docker', 'image', 'rm', ...removable], because: 'no version tag names them' })
  return steps
}
