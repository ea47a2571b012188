// The hooks of `x-snapshot: sqlite`: each SQLite database of a volume. They run in the toolkit's own image, as root: SQLite
// gives the files that it makes beside a database the owner of that database.
import { chmodSync, chownSync, closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'

const [, volume, action] = process.argv
const MAGIC = 'SQLite format 3\0'

function isDatabase(path) {
  const file = openSync(path)
  const start = Buffer.alloc(MAGIC.length)
  readSync(file, start, 0, MAGIC.length, 0)
  closeSync(file)
  return start.toString('latin1') === MAGIC
}
const databases = readdirSync(volume, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(volume, join(entry.parentPath, entry.name)))
  .filter((name) => isDatabase(join(volume, name)))
  .sort()

// An application that writes may hold a lock for a moment.
const open = (path) => new DatabaseSync(path, { timeout: 30_000 })

// A copy has the owner and the mode of what it stands for, as has each folder above it.
function keepOwner(name) {
  const { uid, gid, mode } = statSync(join(volume, name))
  chownSync(join('/snapshot', name), uid, gid)
  chmodSync(join('/snapshot', name), mode & 0o7777)
}
function makeFolder(name) {
  if (name === '.' || existsSync(join('/snapshot', name))) return
  makeFolder(dirname(name))
  mkdirSync(join('/snapshot', name))
  keepOwner(name)
}
async function copy(name) {
  makeFolder(dirname(name))
  const source = open(join(volume, name))
  // In one step: a database that is written all the time would begin it again and again.
  await backup(source, join('/snapshot', name), { rate: 2 ** 31 - 1 })
  source.close()
  keepOwner(name)
}

function rowsOf(path) {
  const database = open(path)
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'").all()
  const counted = tables.map(({ name }) => {
    const { rows } = database.prepare(`SELECT count(*) AS rows FROM "${name.replaceAll('"', '""')}"`).get()
    return [name, { rows }]
  })
  database.close()
  return Object.fromEntries(counted)
}

if (action === 'copy') for (const name of databases) await copy(name)
const folder = action === 'copy' ? '/snapshot' : volume
console.log(JSON.stringify({ databases: Object.fromEntries(databases.map((name) => [name, rowsOf(join(folder, name))])) }))
