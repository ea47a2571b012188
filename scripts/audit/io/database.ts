import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import yauzl from 'yauzl'
import { digest } from '../../cli/digest.ts'
import { Failure, messageOf } from '../../cli/failure.ts'
import { lastWord, tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { written } from '../../cli/io/places.ts'
import { isPlainFile } from '../../cli/io/plain-file.ts'
import { type OsvRecord, parseRecord } from '../record.ts'

// OSV's largest file is far below these: a file that is not is not OSV's.
const MOST = { file: 1e9, record: 2e7, all: 1e10, seconds: 900 }
const CACHE = written('.cache/vulnerabilities')

/**
 * Gives each record that a database has of an ecosystem. `place` is a folder or a URL with the files of OSV:
 * `PyPI/all.zip`, or in a folder also `PyPI/*.json`. Throws a Failure where one of them is unreadable, too large, or no
 * record of OSV.
 */
export async function openDatabase(place: string, ecosystem: string): Promise<AsyncIterable<OsvRecord>> {
  const folder = /^https?:/.test(place) ? await download(place, ecosystem) : join(place, ecosystem)
  const archive = join(folder, 'all.zip')
  return isPlainFile(archive) ? readArchive(archive) : readFiles(folder)
}

async function* readFiles(folder: string): AsyncIterable<OsvRecord> {
  for (const path of globSync(join(folder, '*.json')).sort()) {
    if (!isPlainFile(path) || statSync(path).size > MOST.record) throw refuse(path, 'is no regular file, or too large')
    yield toRecord(readFileSync(path, 'utf8'), path)
  }
}

// The whole file is in memory: a stream for each of its 60,000 records takes five times as long.
async function* readArchive(path: string): AsyncIterable<OsvRecord> {
  if (statSync(path).size > MOST.file) throw refuse(path, 'is too large')
  let [all, at] = [0, path]
  try {
    const bytes = readFileSync(path)
    const zip = await yauzl.fromBufferPromise(bytes)
    for await (const entry of zip.eachEntry()) {
      if (!entry.fileName.endsWith('.json')) continue
      at = `${path}: ${entry.fileName}`
      const { fileDataStart: start } = await zip.readLocalFileHeaderPromise(entry, { minimal: true })
      const packed = bytes.subarray(start, start + entry.compressedSize)
      const record = entry.compressionMethod === 0 ? packed : inflateRawSync(packed, { maxOutputLength: MOST.record })
      all += record.length
      if (all > MOST.all) throw refuse(path, 'is too large')
      yield toRecord(record.toString('utf8'), at)
    }
  } catch (error) {
    throw error instanceof Failure ? error : refuse(at, messageOf(error))
  }
}

function toRecord(text: string, what: string): OsvRecord {
  let record: OsvRecord | undefined
  try {
    record = parseRecord(JSON.parse(text))
  } catch {
    // What is no JSON is no record.
  }
  if (!record) throw refuse(what, 'is no record in the format of OSV')
  return record
}

const refuse = (what: string, problem: string) =>
  new Failure(`${what}: ${problem}`, {
    next: `set VULNERABILITIES to a folder or URL with OSV's files; remove ${CACHE} to load them anew`,
  })

// Keeps the file in the cache, and asks for a newer one each time. A server that does not answer leaves the one that is
// there.
async function download(url: string, ecosystem: string): Promise<string> {
  const folder = join(CACHE, digest(url), ecosystem)
  const [file, part] = [join(folder, 'all.zip'), join(folder, 'part')]
  mkdirSync(folder, { recursive: true })
  rmSync(part, { force: true })
  const from = `${url.replace(/\/$/, '')}/${ecosystem}/all.zip`
  log.step(`load ${from}`, 'VULNERABILITIES names it')
  const limits = ['--max-filesize', String(MOST.file), '--max-time', String(MOST.seconds), '--retry', '2']
  const newer = existsSync(file) ? ['--time-cond', file] : []
  const ways = '--fail --globoff --silent --show-error --location --proto =http,https --remote-time'.split(' ')
  const loaded = await tryExec(['curl', ...ways, ...limits, ...newer, '--output', part, '--', from], { quiet: true })
  if (loaded.exitCode !== 0 && !existsSync(file)) throw refuse(from, lastWord(loaded.stderr))
  if (loaded.exitCode !== 0)
    log.warn(`${from}: ${lastWord(loaded.stderr)}; using the file of ${statSync(file).mtime.toISOString()}`)
  else if (statSync(part, { throwIfNoEntry: false })?.size) renameSync(part, file)
  return folder
}
