import { chmodSync, copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { show } from '../../cli/io/attach.ts'
import { exec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { openScratch } from '../../cli/io/scratch.ts'
import { PROJECT_LABEL, TEST_LABEL } from '../../docker/labels.ts'
import { TOOLKIT_LIMITS } from '../../docker/limits.ts'
import { REPORTS } from '../../image/io/reports.ts'
import { applicationReport } from '../../image/junit.ts'
import { testRun } from '../../state/io/lock.ts'

/**
 * Runs the own tests of a build from their image, and gives the exit status. Keeps the JUnit files that they write to
 * /reports beside those of the other suites.
 */
export async function runApplicationTests(
  project: string,
  { image, build }: { readonly image: string; readonly build: string },
): Promise<number> {
  const labels = ['--label', `${TEST_LABEL}=${testRun(project)}`, '--label', `${PROJECT_LABEL}=${project}`]
  const container = (
    await exec(['docker', 'create', '--no-healthcheck', ...labels, ...TOOLKIT_LIMITS, image])
  ).stdout.trim()
  using scratch = openScratch('reports')
  const [empty, written] = [join(scratch.path, 'in'), join(scratch.path, 'out')]
  try {
    // An image without the folder /reports gets one that any user may write to.
    mkdirSync(empty)
    chmodSync(empty, 0o1777)
    await exec(['docker', 'cp', `${empty}/.`, `${container}:/reports`], { quiet: true })
    const status = await show(['docker', 'start', '--attach', container])
    await exec(['docker', 'cp', `${container}:/reports`, written], { quiet: true })
    collectReports(written, build)
    return status
  } finally {
    await exec(['docker', 'rm', '--force', '--volumes', container], { quiet: true })
  }
}

// Files from tests are untrusted: this keeps plain files only, under names made here, and follows no link.
function collectReports(folder: string, build: string): void {
  mkdirSync(REPORTS, { recursive: true })
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = entry.isFile() ? applicationReport(entry.name, build) : undefined
    if (file === undefined) log.note(`/reports/${JSON.stringify(entry.name)} is not a JUnit file: it is not kept`)
    else copyFileSync(join(folder, entry.name), join(REPORTS, file))
  }
}
