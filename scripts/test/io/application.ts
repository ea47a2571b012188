import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attach, exec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { PROJECT_LABEL, TEST_LABEL } from '../../docker/labels.ts'
import { applicationReport, REPORTS } from '../../image/junit.ts'

/**
 * Runs an image of the application's own tests and gives the exit status. JUnit files that they write to /reports are
 * kept beside those of the other suites.
 */
export async function runApplicationTests(project: string, image: string): Promise<number> {
  const labels = ['--label', `${TEST_LABEL}=1`, '--label', `${PROJECT_LABEL}=${project}`]
  const container = (await exec(['docker', 'create', ...labels, image])).stdout.trim()
  const scratch = mkdtempSync(join(tmpdir(), 'reports-'))
  try {
    // An image without the folder is given one that any user may write to.
    mkdirSync(join(scratch, 'in'))
    await exec(['chmod', '1777', join(scratch, 'in')], { quiet: true })
    await exec(['docker', 'cp', `${join(scratch, 'in')}/.`, `${container}:/reports`], { quiet: true })
    const status = await attach(['docker', 'start', '--attach', container], {}, 'inherit', 'ignore')
    await exec(['docker', 'cp', `${container}:/reports`, join(scratch, 'out')], { quiet: true })
    collectReports(join(scratch, 'out'))
    return status
  } finally {
    await exec(['docker', 'rm', '--force', '--volumes', container], { quiet: true })
    rmSync(scratch, { recursive: true, force: true })
  }
}

// What tests have written is data: plain files alone, under names of ours, and never through a link.
function collectReports(folder: string): void {
  mkdirSync(REPORTS, { recursive: true })
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = entry.isFile() ? applicationReport(entry.name) : undefined
    if (file === undefined) log.note(`/reports/${JSON.stringify(entry.name)} is no JUnit file: not kept`)
    else copyFileSync(join(folder, entry.name), file)
  }
}
