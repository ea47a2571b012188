import { expect, test } from 'vitest'
import { adopt, bind, composed, IMAGE, ROOT, said, WEB } from '../../testing/adoption.ts'

// A database in a file of this host, beside mounted code: the release began without it.

test.each<[string, string, string[], string[] | undefined]>([
  ['that git does not keep', IMAGE, [], ['/app/shop.db']],
  ['of git', IMAGE, ['shop.db'], undefined],
  ['of a user of its own', `${IMAGE}USER node\n`, [], undefined],
])('a database in a file %s must go on where the release keeps it, or not', (_, Dockerfile, kept, files) => {
  const sources = { Dockerfile, 'a.js': '' }
  const tracked = [...Object.keys(sources), ...kept]
  const tree = { binds: { [ROOT]: 'folder' as const }, files: [...Object.keys(sources), 'shop.db'], tracked }
  const adoption = adopt({ web: { ...WEB, volumes: [bind('', '/app')] } }, { sources, tree })
  expect(composed(adoption).services['app']?.['x-files']).toEqual(files)
  const copy = adoption.copies.find((line) => line.includes('/from/shop.db')) ?? ''
  expect(copy.endsWith('-D -m 600 /from/shop.db /to/app/shop.db')).toBe(files !== undefined)
  expect(said(adoption, 'web').some((one) => one.includes('shop.db of this host has data'))).toBe(files !== undefined)
})

test.each<[string, object, string[] | undefined, boolean]>([
  ['of git, beside the code', {}, ['/app/shop.db'], false],
  ['of this host', { tracked: ['Dockerfile', 'a.js'] }, ['/app/shop.db'], true],
  ['that is not there', { binds: { [ROOT]: 'folder', [`${ROOT}/shop.db`]: 'missing' } }, undefined, false],
])(
  'a database that a mount of its own brings must be kept as a file, not read-only: one %s',
  (_, more, files, isCopied) => {
    const sources = { Dockerfile: IMAGE, 'a.js': '' }
    const all = [...Object.keys(sources), 'shop.db']
    const binds = { [ROOT]: 'folder' as const, [`${ROOT}/shop.db`]: 'file' as const }
    const volumes = [bind('', '/app'), bind('shop.db', '/app/shop.db')]
    const over = { sources, tree: { binds, files: all, tracked: all, ...more } }
    const adoption = adopt({ web: { ...WEB, volumes } }, over)
    expect(composed(adoption).services['app']?.['x-files']).toEqual(files)
    expect(JSON.stringify(composed(adoption).services['app']?.['volumes'] ?? '')).not.toContain('shop.db')
    expect(adoption.copies.some((line) => line.includes('/from/shop.db'))).toBe(isCopied)
    const two = adopt({ web: { ...WEB, volumes }, job: { image: 'a', volumes: [bind('shop.db', '/x.db')] } }, over)
    expect(composed(two).services['app']?.['x-files'], 'others have it, too').toBeUndefined()
  },
)
