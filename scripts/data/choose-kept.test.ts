import { expect, test } from 'vitest'
import { chooseKept, withJournal } from './choose-kept.ts'

const added = (...paths: string[]) => paths.map((Path) => ({ Path, Kind: 1 }))
const changed = (...paths: string[]) => paths.map((Path) => ({ Path, Kind: 0 }))
type Case = { data: string[]; code?: string[]; added?: string[]; image?: Record<string, string[]>; mounts?: string[] }
const choose = ({ data, code = [], added: folders = [], image = {}, mounts = [] }: Case) =>
  chooseKept({
    service: 'app',
    mounts,
    data,
    written: [...data, ...code],
    changes: [...changed('/app'), ...added(...folders, ...data)],
    imageFiles: (folder) => image[folder] ?? [],
  })?.map(({ path, isFile }) => (isFile ? `link ${path}` : path))
const code = { '/app': ['/app/app.py'] }

test.each<[string, Case, string[]]>([
  [
    'the highest folder that the image does not have',
    {
      data: ['/app/uploads/a/1.png', '/app/uploads/b/2.png'],
      added: ['/app/uploads', '/app/uploads/a', '/app/uploads/b'],
      image: code,
    },
    ['/app/uploads'],
  ],
  [
    'a folder that the image has empty, or with a placeholder',
    { data: ['/app/uploads/1.png'], image: { ...code, '/app/uploads': ['/app/uploads/.gitkeep'] } },
    ['/app/uploads'],
  ],
  [
    'a folder of pictures: the volume begins with them',
    { data: ['/app/img/1.png'], image: { ...code, '/app/img': ['/app/img/logo.png'] } },
    ['/app/img'],
  ],
  [
    'a single file beside code',
    { data: ['/app/db.sqlite3', '/app/db.sqlite3-wal'], image: code },
    ['link /app/db.sqlite3'],
  ],
  [
    'single files in a folder in which a start has written code',
    { data: ['/app/var/a.csv'], code: ['/app/var/x.php'], added: ['/app/var'], image: code },
    ['link /app/var/a.csv'],
  ],
  [
    'a folder with the pages that an application writes beside its data',
    { data: ['/app/board/subject.txt'], code: ['/app/board/index.html'], added: ['/app/board'], image: code },
    ['/app/board'],
  ],
  ['a file in the root', { data: ['/db.json'] }, ['link /db.json']],
  [
    'single files in a folder above a volume',
    { data: ['/app/var/a.csv'], added: ['/app/var'], mounts: ['/app/var/cache'] },
    ['link /app/var/a.csv'],
  ],
])('data must be kept by %s', (_, one, kept) => {
  expect(choose(one)).toEqual(kept)
})

test('more single files than anybody can tell apart must be left to a person', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => `/app/${index}.csv`)
  expect(choose({ data: many(200), image: code })).toHaveLength(200)
  expect(choose({ data: many(201), image: code })).toBeUndefined()
})

test('what a database writes beside its file must go with it', () => {
  expect(withJournal('/app/db.sqlite3')).toEqual(['', '-wal', '-shm', '-journal'].map((end) => `/app/db.sqlite3${end}`))
  expect(withJournal('/app/a.csv')).toEqual(['/app/a.csv'])
})
