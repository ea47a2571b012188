import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestProject } from '../testing/test-project.ts'

let project: TestProject
beforeAll(async () => {
  project = await TestProject.create()
  await project.must('build')
})
afterAll(async () => await project[Symbol.asyncDispose]())

/** Makes a database whose only record names bash, which each of Debian's images has, in a release of Debian. */
const publish = (release: string) =>
  project.write(
    '.cache/osv/Debian/DEBIAN-CVE-2099-1.json',
    JSON.stringify({
      id: 'DEBIAN-CVE-2099-1',
      upstream: ['CVE-2099-1'],
      severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
      affected: [
        {
          package: { ecosystem: release, name: 'bash' },
          ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '9999-1' }] }],
        },
      ],
    }),
  )
const audit = (env: Record<string, string> = {}) => project.make('audit', { VULNERABILITIES: '.cache/osv', ...env })

test('an image with a package that is known to be bad must fail the gate, and no other [security 30]', async () => {
  publish('Debian:13')
  const failed = await audit({ JSON: '1' })
  expect(failed.exitCode, failed.stderr).not.toBe(0)
  expect(failed.stderr).toContain('error: known vulnerabilities fail VULNERABILITY_GATE=high: CVE-2099-1 in bash\n')
  const { outcome, findings, packages } = JSON.parse(failed.stdout)
  expect(packages).toBeGreaterThan(50)
  expect({ outcome, findings }).toMatchObject({
    outcome: 'failed',
    findings: [{ package: 'bash', severity: 'critical' }],
  })

  project.write('.cache/ignored.yaml', '- {id: CVE-2099-1, reason: nobody can start a shell, until: 2099-12-31}\n')
  const ignored = await audit({ VULNERABILITY_IGNORE_FILE: '.cache/ignored.yaml' })
  expect(ignored.stdout).toContain('ignored until 2099-12-31: nobody can start a shell')
  expect(ignored.exitCode, ignored.stderr).toBe(0)

  publish('Debian:12')
  const passed = await audit()
  expect(passed.exitCode, passed.stderr).toBe(0)
  expect(passed.stdout).toMatch(/^audited: .* packages against 1 records; known vulnerabilities: 0,/m)
})

test('without a database, and without records for the image, it must say so', async () => {
  expect((await project.must('audit')).stdout).toBe('not checked: VULNERABILITIES names no database\n')
  const { stderr, exitCode } = await audit({ VULNERABILITIES: 'nowhere' })
  expect(exitCode).not.toBe(0)
  expect(stderr).toMatch(
    /\d+ packages: nowhere has no record of Debian\n.*could be compared with VULNERABILITIES=nowhere/,
  )
})
