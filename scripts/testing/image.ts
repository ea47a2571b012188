import { exec } from '../cli/io/exec.ts'
import { listContainers } from '../docker/io/engine.ts'
import { COMPOSE_PROJECT, PROJECT_LABEL } from '../docker/labels.ts'
import type { TestProject } from './test-project.ts'

/** The labels by which the sweep finds a test project's objects outside its Compose projects. */
export const labelsOf = ({ name: project }: TestProject): string[] =>
  [`${PROJECT_LABEL}=${project}`, `${COMPOSE_PROJECT}=${project}-dev`].flatMap((label) => ['--label', label])

/** Builds an image for a test project from a Dockerfile that begins with ARG BASE. Gives its tag. */
export async function buildImage(
  project: TestProject,
  name: string,
  dockerfile: string,
  base: string,
): Promise<string> {
  const tag = `e2e/${project.name}:${name}`
  const build = ['docker', 'buildx', 'build', '--load', '--label', `${PROJECT_LABEL}=${project.name}`] as const
  await exec([...build, '--build-arg', `BASE=${base}`, '--tag', tag, '-'], { input: dockerfile, quiet: true })
  return tag
}

/** The address of a container that is on one network. */
export async function addressOf(container: string): Promise<string> {
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'
  return (await exec(['docker', 'inspect', '--format', format, container], { quiet: true })).stdout.trim()
}

/** Runs a command in the container of a project's service, with `input`, and gives what it prints. Throws where it fails. */
export async function inside(
  { name }: Pick<TestProject, 'name'>,
  service: string,
  argv: readonly string[],
  input = '',
): Promise<string> {
  const found = (await listContainers(name)).find((one) => one.service === service)
  const run = ['docker', 'exec', '--interactive', found?.id ?? '', ...argv] as const
  return (await exec(run, { quiet: true, input })).stdout.trim()
}
