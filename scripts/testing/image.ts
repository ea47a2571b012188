import { exec } from '../cli/io/exec.ts'
import { COMPOSE_PROJECT, PROJECT_LABEL } from '../docker/labels.ts'
import type { World } from './test-project.ts'

/** The labels by which a world's sweep finds what is not of its Compose projects. */
export const labelsOf = ({ project }: World): string[] =>
  [`${PROJECT_LABEL}=${project}`, `${COMPOSE_PROJECT}=${project}-dev`].flatMap((label) => ['--label', label])

/** Builds an image of the world's from a Dockerfile that begins with ARG BASE, and gives its tag. */
export async function buildImage(world: World, name: string, dockerfile: string, base: string): Promise<string> {
  const tag = `e2e/${world.project}:${name}`
  const build = ['docker', 'buildx', 'build', '--load', '--label', `${PROJECT_LABEL}=${world.project}`] as const
  await exec([...build, '--build-arg', `BASE=${base}`, '--tag', tag, '-'], { input: dockerfile, quiet: true })
  return tag
}

/** The address of a container that is on one network. */
export async function addressOf(container: string): Promise<string> {
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'
  return (await exec(['docker', 'inspect', '--format', format, container], { quiet: true })).stdout.trim()
}
