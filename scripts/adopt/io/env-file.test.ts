import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withValues } from '../env-lines.ts'
import { changedSince, originsOf } from './env-file.ts'

test('a file of variables that has changed since its values were copied must be known, and nothing else', () => {
  const root = mkdtempSync(join(tmpdir(), 'env-file-'))
  const write = (file: string, text: string) => writeFileSync(join(root, file), text)
  const changed = () => changedSince(root).map(({ path }) => path)
  write('dartagnan.env', 'PROJECT=shop\n')
  write('prod.env', 'TOKEN=a\nURL=b\n')
  write('.env', 'PASSWORD=a\n')
  expect(changed(), 'before init').toEqual([])
  const init = () => {
    const origins = originsOf({ paths: ['prod.env', '.env', 'gone.env'], command: 'make it' }, root)
    write('.env', withValues(readFileSync(join(root, '.env'), 'utf8'), {}, { APP_PASSWORD: 'a' }, origins))
  }
  init()
  expect(changed()).toEqual([])
  write('prod.env', '# in another order\nURL=b\nTOKEN=a\n')
  const env = readFileSync(join(root, '.env'), 'utf8')
  write('.env', `BIND=0.0.0.0\n${env}`)
  expect(changed(), 'settings of the toolkit').toEqual([])
  write('prod.env', 'TOKEN=c\nURL=b\n')
  expect(changedSince(root)).toEqual([{ path: 'prod.env', command: 'make it' }])
  write('.env', env.replace('PASSWORD=a', 'PASSWORD=b'))
  expect(changed()).toEqual(['prod.env', '.env'])
  init()
  expect(changed()).toEqual([])
  write('gone.env', 'A=1\n')
  expect(changed(), 'which Compose would read now').toEqual(['gone.env'])
  rmSync(join(root, 'gone.env'))
  rmSync(join(root, 'prod.env'))
  expect(changed(), 'a host may have the values alone').toEqual([])
  write('config.js', 'module.exports = { token: 1 }\n')
  write('.env', originsOf({ paths: ['config.js'], command: 'make it' }, root).join('\n'))
  expect(changed()).toEqual([])
  write('config.js', 'module.exports = { token: 2 }\n')
  expect(changed(), 'which is no file of variables').toEqual(['config.js'])
})
