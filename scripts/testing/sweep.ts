import { rmSync } from 'node:fs'
import { tryExec } from '../cli/io/exec.ts'
import { COMPOSE_PROJECT, PROJECT_LABEL, TEST_LABEL } from '../docker/labels.ts'
import { ledgerFolder, listLedgers } from '../state/io/ledger.ts'

// The names of end-to-end projects begin like this. The sweep finds everything by label, and touches no user's project.
const TEST_PROJECT = /^e2e-/
// The endings of the Compose projects that a project has beside its own.
const BESIDE = ['dev', 'stage', 'test']

/** Removes what earlier or crashed test runs have left: labelled objects of the engine, ledgers, and checkouts. */
export async function sweepTests(): Promise<void> {
  rmSync('.cache', { recursive: true, force: true })
  await removeLabelled(TEST_LABEL)
  const named = await tryExec(['docker', 'ps', '--all', '--format', `{{.Label "${COMPOSE_PROJECT}"}}`], { quiet: true })
  const volumes = await tryExec(['docker', 'volume', 'ls', '--format', `{{.Label "${COMPOSE_PROJECT}"}}`], {
    quiet: true,
  })
  const images = await tryExec(
    ['docker', 'image', 'ls', '--format', '{{.Repository}}', '--filter', `label=${PROJECT_LABEL}`],
    { quiet: true },
  )
  const candidates = [
    ...words(named.stdout),
    ...words(volumes.stdout),
    ...words(images.stdout).map((name) => name.replace(/^e2e\//, '')),
    ...listLedgers(),
  ]
  for (const project of new Set(candidates.filter((name) => TEST_PROJECT.test(name))))
    await removeProject(project.replace(new RegExp(`-(${BESIDE.join('|')})$`), ''))
}

/** Removes everything of one test project, its volumes included. */
export async function removeProject(project: string): Promise<void> {
  if (!TEST_PROJECT.test(project)) throw new Error(`${project} is not a test project`)
  for (const name of [project, ...BESIDE.map((what) => `${project}-${what}`)])
    await removeLabelled(`${COMPOSE_PROJECT}=${name}`)
  await removeLabelled(`${PROJECT_LABEL}=${project}`)
  rmSync(ledgerFolder(project), { recursive: true, force: true })
}

async function removeLabelled(label: string): Promise<void> {
  const kinds = [
    { list: ['ps', '--all', '--quiet'], remove: ['rm', '--force', '--volumes'] },
    { list: ['network', 'ls', '--quiet'], remove: ['network', 'rm', '--force'] },
    { list: ['volume', 'ls', '--quiet'], remove: ['volume', 'rm', '--force'] },
    { list: ['image', 'ls', '--all', '--quiet'], remove: ['image', 'rm', '--force'] },
  ]
  for (const { list, remove } of kinds) {
    const found = words((await tryExec(['docker', ...list, '--filter', `label=${label}`], { quiet: true })).stdout)
    if (found.length > 0) await tryExec(['docker', ...remove, ...new Set(found)], { quiet: true })
  }
}

const words = (text: string) => text.split('\n').filter(Boolean)
