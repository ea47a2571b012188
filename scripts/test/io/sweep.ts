import { globSync, rmSync } from 'node:fs'
import { tryExec } from '../../cli/io/exec.ts'
import { removeLabelled } from '../../docker/io/remove-labelled.ts'
import { COMPOSE_PROJECT, PROJECT_LABEL, TEST_LABEL } from '../../docker/labels.ts'
import { ledgerFolder, listLedgers } from '../../state/io/ledger.ts'
import { type Claim, lockOf, testRun, whereDead } from '../../state/io/lock.ts'

// The name of a project of a test: its run, and a number of its own. The sweep touches no user's project.
const TEST_PROJECT = /^e2e-(\w+)-\w+/
// The endings of the Compose projects that a project has beside its own.
const BESIDE = ['dev', 'stage', 'test', 'gate']

/**
 * Removes what earlier or crashed test runs of a project have left, and what the dead ones of others have. The caller has
 * the lock of the project's tests.
 */
export async function sweepTests(claim: Claim): Promise<void> {
  const own = testRun(claim.PROJECT)
  await removeRun(own)
  const projects = [...(await listTestProjects()), ...listLedgers()].flatMap(
    (name) => TEST_PROJECT.exec(name)?.[1] ?? [],
  )
  for (const run of new Set([...projects, ...(await listLabels(TEST_LABEL))]))
    if (run !== own) await whereDead({ ...claim, PROJECT: lockOf(run) }, () => removeRun(run))
}

/** Removes what a run of tests has made: labelled objects of the engine, and its projects with their ledgers and checkouts. */
export async function removeRun(run: string): Promise<void> {
  await removeLabelled(`${TEST_LABEL}=${run}`)
  for (const name of new Set([...(await listTestProjects()), ...listLedgers()]))
    if (TEST_PROJECT.exec(name)?.[1] === run) await removeProject(name)
  // `docker run -v NAME:/data` makes a volume without a label.
  const listed = await tryExec(['docker', 'volume', 'ls', '--quiet', '--filter', `name=e2e-${run}-`], { quiet: true })
  const volumes = words(listed.stdout).filter((name) => name.startsWith(`e2e-${run}-`))
  if (volumes.length > 0) await tryExec(['docker', 'volume', 'rm', '--force', ...volumes], { quiet: true })
  for (const folder of globSync(`.cache/e2e-${run}-*`)) rmSync(folder, { recursive: true, force: true })
}

/** Removes everything of one test project, its volumes included. */
export async function removeProject(name: string): Promise<void> {
  if (!TEST_PROJECT.test(name)) throw new Error(`${name} is not a test project`)
  const project = name.replace(new RegExp(`-(${BESIDE.join('|')})$`), '')
  const composed = [project, ...BESIDE.map((what) => `${project}-${what}`)]
  await removeLabelled(...composed.map((one) => `${COMPOSE_PROJECT}=${one}`), `${PROJECT_LABEL}=${project}`)
  // An image has no project: one commit has one image in all of them.
  const tags = [`e2e/${project}*`, `${project}*`].map((name) => listImages(name, '{{.Repository}}:{{.Tag}}'))
  const all = (await Promise.all(tags)).flat()
  if (all.length > 0) await tryExec(['docker', 'image', 'rm', '--force', ...all], { quiet: true })
  for (const one of [project, `${project}-gate`]) rmSync(ledgerFolder(one), { recursive: true, force: true })
}

async function listTestProjects(): Promise<string[]> {
  const images = [...(await listImages('e2e/*', '{{.Repository}}')), ...(await listImages('e2e-*', '{{.Repository}}'))]
  return [
    ...images.map((name) => name.replace(/^e2e\//, '')),
    ...(await listLabels(COMPOSE_PROJECT)),
    ...(await listLabels(PROJECT_LABEL)),
  ]
}

async function listImages(repository: string, format: string): Promise<string[]> {
  const argv = ['docker', 'image', 'ls', '--format', format, '--filter', `reference=${repository}`] as const
  return words((await tryExec(argv, { quiet: true })).stdout)
}

/** The values that a label has on the containers, volumes and networks of the engine. */
async function listLabels(label: string): Promise<string[]> {
  const format = ['--format', `{{.Label "${label}"}}`, '--filter', `label=${label}`]
  const lists = [
    ['ps', '--all'],
    ['volume', 'ls'],
    ['network', 'ls'],
  ]
  const listed = lists.map((list) => tryExec(['docker', ...list, ...format], { quiet: true }))
  return (await Promise.all(listed)).flatMap(({ stdout }) => words(stdout))
}

const words = (text: string) => text.split('\n').filter(Boolean)
