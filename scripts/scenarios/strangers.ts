import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readLock } from '../image/io/images.ts'
import { withStandIns } from '../image/io/stand-in.ts'
import type { TestProject } from '../testing/test-project.ts'

/** Copies a stranger's application into a checkout, as somebody would: written down before anything could adopt it. */
export function settle(project: TestProject, application: string, folder = application): void {
  cpSync(join('scripts/scenarios/strangers', application), join(project.folder, folder), { recursive: true })
}

/** The arguments by which Compose itself runs the counter, on images that this engine has. */
export async function counterArgs(project: TestProject): Promise<string[]> {
  const images = { web: 'python:3.12-slim', redis: 'redis:alpine', nginx: 'nginx:alpine' }
  const { python, redis, nginx } = await withStandIns(readLock(), Object.values(images))
  // Where a registry answers, it is asked.
  if (!redis || !nginx) return []
  const build = { additional_contexts: { [images.web]: `docker-image://${python?.reference}` } }
  const services = { web: { build }, redis: { image: redis.reference }, nginx: { image: nginx.reference } }
  project.write('.cache/images.json', JSON.stringify({ services }))
  return ['-f', 'compose.yaml', '-f', join(project.folder, '.cache/images.json')]
}

/** Changes a file of a checkout. */
export function edit(project: TestProject, file: string, change: (text: string) => string): void {
  const path = join(project.folder, file)
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, change(text))
}
