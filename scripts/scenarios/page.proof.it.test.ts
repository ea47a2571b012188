import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../cli/io/wait.ts'
import { Browser } from '../testing/browser.ts'
import { TestProject } from '../testing/test-project.ts'

let project: TestProject
let browser: Browser
beforeAll(async () => {
  project = await TestProject.create({ own: true })
  await project.must('build tag deploy report', { FORCE: 'untested' })
  browser = await Browser.start(project)
})
afterAll(async () => {
  await browser[Symbol.asyncDispose]()
  await project[Symbol.asyncDispose]()
})

/** Looks at a page as all of its readers do: on a wide window and a narrow one, by day and by night. */
async function look(url: string): Promise<void> {
  for (const [width, scheme] of [
    [1000, 'light'],
    [1000, 'dark'],
    [400, 'light'],
    [400, 'dark'],
  ] as const) {
    await browser.open(url, width, scheme)
    expect(await browser.evaluate('document.body.innerText')).toMatch(
      new RegExp(`^${project.name}: serving[\\s\\S]*Releases[\\s\\S]*1\\.0\\.0[\\s\\S]*Security`),
    )
    expect(await browser.audit(), `${width} ${scheme}`).toEqual([])
    expect(await browser.evaluate('document.documentElement.scrollWidth')).toBe(width)
    expect(browser.console()).toEqual([])
    expect([...new Set(browser.requests())]).toEqual([url])
  }
}

test('the report must be readable by all: contrast, accessibility, 400 pixels, by keys alone, and printed whole', async () => {
  const url = `file://${join(project.folder, 'reports/report.html')}`
  await look(url)
  const isOpen = async () => await browser.evaluate('document.querySelector("details").open')
  for (let tabs = 0; (await browser.evaluate('document.activeElement.tagName')) !== 'SUMMARY'; tabs++) {
    expect(tabs).toBeLessThan(10)
    await browser.press('Tab')
  }
  await browser.press('Enter')
  expect(await isOpen()).toBe(false)
  const height = async () => Number(await browser.evaluate('document.querySelector("details").offsetHeight'))
  const closed = await height()
  await browser.ask('Emulation.setEmulatedMedia', { media: 'print' })
  expect(await height()).toBeGreaterThan(closed + 100)
})

test('the live page must be the same, and ask for itself alone', async () => {
  const port = String(project.port + 1)
  const ui = spawn('make', ['_ui'], {
    cwd: project.folder,
    env: { ...process.env, ...project.environment(), UI_PORT: port },
  })
  const url = `http://127.0.0.1:${port}/`
  try {
    expect(
      await waitFor(
        async () =>
          await fetch(url).then(
            ({ ok }) => ok,
            () => false,
          ),
        30,
      ),
    ).toBe(true)
    await look(`${url}still`)
    const count = browser.requests().length
    await sleep(6000)
    expect(browser.requests()).toHaveLength(count)
    await browser.open(url, 1000, 'light')
    await sleep(6000)
    expect(browser.requests().length).toBeGreaterThan(1)
    expect([...new Set(browser.requests())]).toEqual([url])
  } finally {
    ui.kill('SIGINT')
  }
})
