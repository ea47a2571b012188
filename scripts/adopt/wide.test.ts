import { expect, test } from 'vitest'
import { adopt, bind, composed, IMAGE, ROOT, said, WEB } from '../testing/adoption.ts'
import { MAKE_BLOCK } from './names.ts'
import type { Service } from './source-tree.ts'

// Compose builds an image from one folder and mounts the code from another: without that mount, no version has any code.

const folders = (...names: string[]) => Object.fromEntries(names.map((name) => [`${ROOT}/${name}`, 'folder' as const]))
const PHP = 'FROM php:apache\nCOPY php.ini /etc/\nCOPY --from=composer /a /b\nRUN a2enmod rewrite\n'
const CODE = { 'docker/php/Dockerfile': PHP, 'docker/php/php.ini': '', 'src/index.php': '<?php' }
const php = (more: Partial<Service> = {}): Service => ({
  ...{ build: { context: `${ROOT}/docker/php` }, ports: [{ target: 80, published: '80' }] },
  ...{ volumes: [bind('src', '/var/www/html')] },
  ...more,
})
const [web, tree] = [php(), { binds: { ...folders('src', 'docker/php/conf', 'lib'), [ROOT]: 'folder' as const } }]
const fileOf = ({ files }: ReturnType<typeof adopt>, name: string) => files.find(({ path }) => path === name)?.text
const OUTSIDE = /outside of what its image is built from/

test('code outside of the build must go into the image, by a Dockerfile that a folder with both builds', () => {
  const adoption = adopt({ web }, { sources: CODE, tree })
  const text = fileOf(adoption, 'dartagnan.app.Dockerfile')
  expect(text).toContain('\nCOPY docker/php/php.ini /etc/\nCOPY --from=composer /a /b\nRUN a2enmod rewrite\n')
  expect(text).toMatch(/\nCOPY src \/var\/www\/html\/\n$/)
  const { volumes, build } = composed(adoption).services['app'] ?? {}
  expect(volumes).toBeUndefined()
  expect(build).toEqual({ context: '.', dockerfile: 'dartagnan.app.Dockerfile' })
  expect(adoption.settings['APP_DIR']).toBe('.')
  expect(adoption.findings.filter(({ verdict, found }) => verdict === 'missing' || /x-|inline/.test(found))).toEqual([])
})

test('the whole repository over the folder of its Dockerfile is such code, and so is what lies in its folder beside it', () => {
  const volumes = [bind('', '/var/www/html'), bind('docker/php/conf', '/etc/php/conf.d'), bind('lib', '/lib/own')]
  const sources = { ...CODE, 'docker/php/conf/a.ini': '', 'lib/a.php': '' }
  const text = fileOf(adopt({ web: php({ volumes }) }, { sources, tree }), 'dartagnan.app.Dockerfile')
  expect(text).toContain('COPY . /var/www/html/')
  expect(text).toContain('COPY docker/php/conf /etc/php/conf.d/')
  expect(text).toContain('COPY lib /lib/own/')
})

test.each([
  [{}, 'Makefile dartagnan.*'],
  [{ Makefile: MAKE_BLOCK.trimStart() }, 'Makefile dartagnan.*'],
  [{ Makefile: `all:\n\ttrue\n${MAKE_BLOCK}` }, 'dartagnan.*'],
])('what init alone adds must not lie among the pages: %j', (more, names) => {
  const adoption = adopt(
    { web: php({ volumes: [bind('', '/var/www/html')] }) },
    { sources: { ...CODE, ...more }, tree },
  )
  const text = fileOf(adoption, 'dartagnan.app.Dockerfile')
  expect(text).toContain(`COPY . /var/www/html/\nRUN cd /var/www/html && rm -rf ${names}\n`)
})

test('the folder that is built must be the nearest with both, and a stage must stay the one that was asked for', () => {
  const build = { context: `${ROOT}/shop/php`, dockerfile: 'my.Dockerfile', target: 'run', args: { A: 'b' } }
  const sources = {
    'shop/php/my.Dockerfile': 'FROM php AS run\nCOPY a /a\nFROM run\n',
    'shop/src/a.php': '',
    'shop/php/a': '',
  }
  const worker = php({ build, volumes: [bind('shop/src', '/app')] })
  const adoption = adopt({ web: WEB, worker }, { sources, tree: { binds: folders('shop/src') } })
  const text = fileOf(adoption, 'shop/dartagnan.worker.Dockerfile')
  expect(text).toMatch(/\nCOPY php\/a \/a\n[\s\S]*\nFROM run\nCOPY src \/app\/\n$/)
  expect(composed(adoption).services['worker']?.['build']).toEqual({
    context: 'shop',
    dockerfile: 'dartagnan.worker.Dockerfile',
    args: { A: 'b' },
  })
  expect(said(adoption, 'worker').join()).not.toMatch(/missing|inline|x-/)
})

test('two services of one such build must both have the code, and nothing may be said to be lost', () => {
  const worker = php({ command: ['php', 'w.php'], ports: [] })
  const adoption = adopt({ web, worker }, { sources: CODE, tree })
  expect(fileOf(adoption, 'dartagnan.worker.Dockerfile')).toContain('COPY src /var/www/html/')
  expect(adoption.findings.map(({ found }) => found).join()).not.toMatch(/inline|x-/)
})

test('copies of the application must have such code, too, and nothing may be said of them', () => {
  const conf = 'upstream pool { server one:80; server two:80; }\nserver { location / { proxy_pass http://pool; } }'
  const nginx: Service = { image: 'nginx', ports: [{ target: 80, published: '80' }] }
  const services = { one: php({ ports: [] }), two: php({ ports: [] }), nginx }
  const volumes = [bind('nginx.conf', '/etc/nginx/conf.d/default.conf')]
  const over = {
    sources: { ...CODE, 'nginx.conf': conf },
    tree: { binds: { ...tree.binds, [`${ROOT}/nginx.conf`]: 'file' } },
  }
  const adoption = adopt({ ...services, nginx: { ...nginx, volumes } }, over as never)
  expect(fileOf(adoption, 'dartagnan.app.Dockerfile')).toContain('COPY src /var/www/html/')
  expect(Object.keys(composed(adoption).services)).toEqual(['app'])
  expect(said(adoption, 'two').join()).not.toMatch(/missing|left out/)
})

test('a folder of which the image has a part alone must go into it as a whole', () => {
  const build = { context: `${ROOT}/docker` }
  const sources = { 'docker/Dockerfile': 'FROM python\nCOPY . /srv/docker\n', 'docker/a.py': '', 'shared.py': '' }
  const adoption = adopt({ web: php({ build, volumes: [bind('', '/srv')] }) }, { sources, tree })
  expect(fileOf(adoption, 'dartagnan.app.Dockerfile')).toMatch(/COPY docker \/srv\/docker\n[\s\S]*\nCOPY \. \/srv\/\n$/)
})

test('what a service without a part of the code runs must not be read for it', () => {
  const sources = { ...CODE, 'front/index.php': '<?php // listens on 5173', 'front/server.js': 'app.listen(5173)' }
  const adoption = adopt({ web: php({ ports: [] }) }, { sources, tree: { ...tree, service: 'web' } })
  expect(said(adoption, 'port').join()).not.toContain('5173')
})

test.each([
  ['a path that is a variable', { 'docker/php/Dockerfile': 'FROM php\nARG A\nCOPY $A /etc/\n' }],
  ['a mount of the build', { 'docker/php/Dockerfile': 'FROM php\nRUN --mount=target=/b ls /b\n' }],
])('where its Dockerfile has %s, what to change must be said: both the folder and the paths', (_, more) => {
  const adoption = adopt({ web }, { sources: { ...CODE, ...more }, tree })
  const found = adoption.findings.find((one) => OUTSIDE.test(one.found))
  expect(found?.verdict).toBe('missing')
  expect(found?.mend).toBe(
    'let build.context be ., begin the paths that COPY has in its Dockerfile with docker/php/, and let its Dockerfile copy src to /var/www/html',
  )
  expect(fileOf(adoption, 'dartagnan.app.Dockerfile')).toBeUndefined()
})

test('a build must stay that of its own folder where a mount comes from outside of the repository', () => {
  const volumes = [{ ...bind('', '/x'), source: '/srv/x' }]
  const adoption = adopt({ web: php({ volumes }) }, { sources: { ...CODE, 'docker/php/Dockerfile': PHP }, tree })
  expect(adoption.settings['APP_DIR']).toBe('docker/php')
  expect(fileOf(adoption, 'dartagnan.app.Dockerfile')).toBeUndefined()
})

test('what lies above the folder that was read must keep no other code out of the image', () => {
  const sources = { 'docker/Dockerfile': 'FROM php\n', 'src/a.php': '' }
  const volumes = [bind('sub/src', '/app'), bind('lib', '/lib/own')]
  const over = {
    dir: 'sub',
    tracked: ['sub/docker/Dockerfile', 'sub/src/a.php', 'lib/a.php'],
    composeFile: 'sub/c.yaml',
  }
  const binds = folders('sub/src', 'lib')
  const inner = php({ build: { context: `${ROOT}/sub/docker` }, volumes })
  const adoption = adopt({ web: inner }, { sources, tree: { ...over, binds } })
  expect(fileOf(adoption, 'sub/dartagnan.app.Dockerfile')).toMatch(/\nCOPY src \/app\/\n$/)
  expect(said(adoption, 'web').join()).toMatch(/missing: lib at \/lib\/own is code outside/)
})

test('a build of another repository ends no look for a folder with both', () => {
  const build = { context: 'https://acme.example/a.git', dockerfile_inline: 'FROM php\nCOPY a /a\n' }
  expect(said(adopt({ web: php({ build }) }, { sources: CODE, tree }), 'web').join()).toContain('its build reads')
})

test('data and a service without a mount of code leave a build as it is', () => {
  const sources = { ...CODE, Dockerfile: IMAGE }
  const adoption = adopt({ web: php({ volumes: [bind('uploads', '/var/www/html/uploads')] }) }, { sources, tree })
  expect(adoption.settings['APP_DIR']).toBe('docker/php')
})

const [IGNORE, ALL] = ['dartagnan.app.Dockerfile.dockerignore', 'FROM php:apache\nCOPY . /opt/\n']
const ignoring = (more: Record<string, string>) => {
  const sources = { ...CODE, 'docker/php/Dockerfile': ALL, 'docker/php/a.key': '', ...more }
  return fileOf(adopt({ web }, { sources, tree }), IGNORE)?.split('\n').slice(1)
}
test.each([
  ['its .dockerignore', { 'docker/php/.dockerignore': '*.key' }, ['docker/php/*.key', '']],
  ['that of its Dockerfile', { 'docker/php/Dockerfile.dockerignore': '/a.key\n' }, ['docker/php/a.key', '']],
  [
    'its .dockerignore beside that of the wider folder',
    { '.dockerignore': 'tests\n', 'docker/php/.dockerignore': '*.key\n' },
    ['tests', 'docker/php/*.key', ''],
  ],
  [
    'its .dockerignore, and the wider folder hides it',
    { '.dockerignore': 'docker\n', 'docker/php/.dockerignore': '*.key\n' },
    ['docker', '!docker/php', 'docker/php/*.key', ''],
  ],
  ['nothing, and the wider folder hides it', { '.dockerignore': 'docker\n' }, ['docker', '!docker/php', '']],
  ['nothing', { '.dockerignore': 'tests\n' }, undefined],
  ['nothing, and the wider folder hides the code', { '.dockerignore': '**/*\n!lib\n' }, ['']],
  [
    'its .dockerignore, and the wider folder hides the code',
    { '.dockerignore': 'src\n', 'docker/php/.dockerignore': '*.key' },
    ['docker/php/*.key', ''],
  ],
])('what a build that moves must not see stays hidden, and the rest is seen: by %s', (_, more, lines) => {
  expect(ignoring(more as Record<string, string>)).toEqual(lines)
})

test('what such a build does not see is not said to be in its image, and its file is no Dockerfile', () => {
  const sources = { ...CODE, 'docker/php/Dockerfile': ALL, 'docker/php/b.php': '', 'docker/php/.dockerignore': 'b.php' }
  const adoption = adopt({ web }, { sources, tree })
  expect(adoption.findings.map(({ found }) => found).join()).not.toMatch(/x-|inline|dockerignore/)
})
