import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { waitFor } from '../cli/io/wait.ts'
import { readLock } from '../image/io/images.ts'
import { withStandIns } from '../image/io/stand-in.ts'
import { hasStandIns } from '../image/stand-in.ts'
import { inside } from '../testing/image.ts'
import type { TestProject } from '../testing/test-project.ts'

/** Copies a stranger's application into a checkout, as somebody would: written down before anything could adopt it. */
export function settle(project: TestProject, application: string, folder = application): void {
  cpSync(join('scripts/scenarios/strangers', application), join(project.folder, folder), { recursive: true })
}

/** The arguments by which Compose itself runs the counter, and `more` services, on images that this engine has. */
export async function counterArgs(project: TestProject, more: Record<string, string> = {}): Promise<string[]> {
  const ready = Object.entries({ redis: 'redis:alpine', nginx: 'nginx:alpine', ...more })
  const base = 'python:3.12-slim'
  const lock = await withStandIns(readLock(), [base, ...ready.map(([, image]) => image)])
  // Where a registry answers, it is asked.
  if (!hasStandIns(lock)) return []
  // What somebody has put on this engine needs none.
  const referenceOf = (image: string) => lock[image.split(':')[0] ?? '']?.reference ?? image
  const build = { additional_contexts: { [base]: `docker-image://${referenceOf(base)}` } }
  const images = Object.fromEntries(ready.map(([service, image]) => [service, { image: referenceOf(image) }]))
  project.write('.cache/images.json', JSON.stringify({ services: { web: { build }, ...images } }))
  return ['-f', 'compose.yaml', '-f', join(project.folder, '.cache/images.json')]
}

/** Changes a file of a checkout. */
export function edit(project: TestProject, file: string, change: (text: string) => string): void {
  const path = join(project.folder, file)
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, change(text))
}

const POSTS = `
import sqlite3
from flask import request

@app.route('/health')
def health():
    return 'ok'

@app.route('/posts', methods=['GET', 'POST'])
def posts():
    with sqlite3.connect('posts/posts.db') as db:
        db.execute('CREATE TABLE IF NOT EXISTS post (text)')
        if request.method == 'POST':
            db.execute('INSERT INTO post VALUES (?)', [request.get_data(as_text=True)])
        return [text for (text,) in db.execute('SELECT text FROM post ORDER BY rowid')]
`
const DATABASE = `  db:
    image: postgres:17
    environment: {POSTGRES_DB: shop, POSTGRES_PASSWORD: for-tests-only}
    volumes: [rows:/var/lib/postgresql/data]
`

/**
 * Gives the counter a page for health checks that counts nothing, posts in a folder of the host and rows in a
 * database. Gives the images of the services that it has added.
 */
export function enrich(project: TestProject, folder: string): Record<string, string> {
  edit(project, `${folder}/app.py`, (text) => `${text}${POSTS}`)
  project.write(`${folder}/.gitignore`, 'posts/\n')
  // A folder that the engine makes would be root's: nobody else could remove what is in it.
  project.write(`${folder}/posts/.keep`, '')
  edit(project, `${folder}/compose.yaml`, (text) =>
    text
      .replace('build: .\n', 'build: .\n    volumes: [./posts:/code/posts]\n')
      .replace('\nvolumes:\n', `${DATABASE}\nvolumes:\n  rows:\n`),
  )
  return { db: 'postgres:17' }
}

type Place = Pick<TestProject, 'name' | 'url'>
export type Holdings = { readonly hits: number; readonly posts: readonly string[]; readonly rows: readonly string[] }
export const NOTHING: Holdings = { hits: 0, posts: [], rows: [] }
const PSQL = ['psql', '-qtA', '-v', 'ON_ERROR_STOP=1', '-U', 'postgres', 'shop']

/** Adds a hit, a post and a hundred rows to what a project has, and gives what it must have now. */
export async function write(place: Place, { hits, posts, rows }: Holdings): Promise<Holdings> {
  expect(await (await fetch(place.url)).text()).toContain(`seen ${hits + 1} times`)
  const post = `post ${posts.length + 1}: «all for one»\n${'x'.repeat(5000)}`
  expect((await fetch(`${place.url}/posts`, { method: 'POST', body: post })).status).toBe(200)
  const more = Array.from({ length: 100 }, (_, n) => `row ${rows.length + n + 1}`)
  const values = more.map((row) => `(${row.slice(4)}, '${row}')`).join()
  const sql = `CREATE TABLE IF NOT EXISTS line (n int, text text); INSERT INTO line VALUES ${values}`
  await inside(place, 'db', PSQL, sql)
  return { hits: hits + 1, posts: [...posts, post], rows: [...rows, ...more] }
}

/** What a project has, each read where it lies, once the project answers. */
export async function holdings(place: Place): Promise<Holdings> {
  await answers(place)
  const hits = Number(await inside(place, 'redis', ['redis-cli', 'get', 'hits']))
  const posts = (await (await fetch(`${place.url}/posts`)).json()) as string[]
  const rows = (await inside(place, 'db', PSQL, 'SELECT text FROM line ORDER BY n')).split('\n')
  return { hits, posts, rows }
}

/** Waits until a project answers, and its database too. */
export async function answers(place: Place): Promise<void> {
  const isThere = async () => {
    await inside(place, 'db', ['pg_isready', '--quiet', '--host', '127.0.0.1'])
    return (await fetch(`${place.url}/health`)).ok
  }
  expect(await waitFor(() => isThere().catch(() => false), 60), `${place.url} must answer`).toBe(true)
}
