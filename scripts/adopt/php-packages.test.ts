import { expect, test } from 'vitest'
import { adopt, bind, type Over, ROOT, said, WEB } from '../testing/adoption.ts'
import type { SourceTree } from './source-tree.ts'

const PHP = 'ARG V=8\nFROM php:$V-apache\nRUN a2enmod rewrite\nUSER www-data\n'
const COMPOSER = `FROM composer:2 AS composer-packages
WORKDIR /app
COPY src ./
RUN composer install --no-interaction --no-progress --no-scripts --ignore-platform-reqs
`
const INSTALLED = 'COPY src /var/www/html/\nCOPY --from=composer-packages /app/vendor /var/www/html/vendor\n'
const php = (more: Record<string, string> = {}): Over => ({
  sources: { Dockerfile: PHP, 'src/index.php': '', 'src/composer.json': '{"require": {}}', ...more },
  project: { volumes: { kept: null } },
  tree: { binds: { [`${ROOT}/src`]: 'folder' } },
})
test('packages of PHP that only a mounted folder had must be installed by a stage of its own, ahead of which ARG stays', () => {
  const volumes = [bind('src', '/var/www/html')]
  const adoption = adopt({ web: { ...WEB, volumes } }, php())
  const [file] = adoption.files.filter(({ path }) => path.endsWith('Dockerfile'))
  expect(file?.text).toContain(`\nARG V=8\n${COMPOSER}\nFROM php:$V-apache\nRUN a2enmod rewrite\nUSER www-data\n`)
  expect(file?.text).toContain(INSTALLED)
  expect(said(adoption, 'web').join()).toMatch(/note: src has composer.json, .* by RUN composer install/)
  const ready = adopt({ web: { image: 'php:apache', ports: [{ target: 80 }], volumes } }, php())
  expect(ready.files.map(({ text }) => text).join()).toMatch(/\nFROM composer:2 [\s\S]*\nFROM php:apache\n/)
  expect(said(ready, 'web').join()).not.toContain('no rule of adopt looks at it')
})

test('what Composer puts beside vendor must be in the image, and in that of the web server before it', () => {
  const web = { ...WEB, volumes: [bind('src', '/var/www/html')] }
  const list = '{"require": {"drupal/core-composer-scaffold": "^10"}}'
  const nginx = { image: 'nginx', volumes: web.volumes }
  const { files } = adopt({ web, nginx }, php({ 'src/composer.json': list }))
  const textOf = (name: string) => files.find(({ path }) => path.endsWith(`${name}.Dockerfile`))?.text
  expect(textOf('app')).toContain('COPY --from=composer-packages /app /var/www/html/\n')
  expect(textOf('app')).not.toContain('COPY src /var/www')
  expect(textOf('nginx')).toContain('COPY --from=app /var/www/html/ /var/www/html/\n')
})

test('where no registry answers, the image that installs them must be said to be missing, unless it is here', () => {
  const lock = { node: { upstream: 'node:24', source: 'stand-in' as const, reference: 'dartagnan/node:1', id: '1' } }
  const facts = { isHere: true, volumes: [], environment: {}, ports: [], user: '', entrypoint: [], cmd: [] }
  const over = (images: SourceTree['images']): Over => ({ ...php(), tree: { ...php().tree, images, lock } })
  const web = { ...WEB, volumes: [bind('src', '/var/www/html')] }
  const absent = 'missing: composer:2 is not on this engine, and no registry answered'
  expect(said(adopt({ web }, over({})), 'web')).toContain(absent)
  expect(said(adopt({ web }, over({ 'composer:2': facts })), 'web')).not.toContain(absent)
  expect(said(adopt({ web }, php()), 'web')).not.toContain(absent)
})

test.each([
  ['in a volume', {}, [{ type: 'volume', source: 'kept', target: '/var/www/html/vendor' }]],
  ['in another folder', { 'src/composer.json': '{"require": {}, "config": {"vendor-dir": "lib"}}' }, []],
])('packages of PHP that lie %s must be said to be missing', (_, more, volumes) => {
  const web = { image: 'php:apache', ports: [{ target: 80 }], volumes: [bind('src', '/var/www/html'), ...volumes] }
  expect(said(adopt({ web }, php(more)), 'web').join()).toContain(
    'missing: src has composer.json, and nothing installs',
  )
})

test('a list that names nothing must be installed by nobody', () => {
  const web = { ...WEB, volumes: [bind('src', '/var/www/html')] }
  expect(said(adopt({ web }, php({ 'src/composer.json': '{}' })), 'web').join()).not.toContain('composer')
  // PHP itself is no package; but what Composer makes loads the classes of the program.
  const own = '{"require": {"php": "^8.2", "ext-pdo": "*"}, "autoload": {"psr-4": {"App": "app"}}}'
  const saidOf = (page: string) =>
    said(
      adopt({ web }, php({ 'src/composer.json': own, 'src/package.json': '{}', 'src/index.php': page })),
      'web',
    ).join()
  expect(saidOf('')).not.toContain('installs its packages')
  expect(saidOf("<?php require __DIR__ . '/vendor/autoload.php';")).toContain('by RUN composer install')
})

test('a package that a Dockerfile adds without the list must not count for all of them', () => {
  const own = (text: string) =>
    php({ Dockerfile: `FROM php:8-apache\nCOPY --from=composer /usr/bin/composer /bin/\n${text}` })
  const saidOf = (text: string, target = '/var/www/html') =>
    said(adopt({ web: { ...WEB, volumes: [bind('src', target)] } }, own(text)), 'web').join()
  expect(saidOf('RUN composer require a/b\n')).toContain('by RUN cd /var/www/html && COMPOSER_ALLOW_SUPERUSER=1')
  // No official image has those of a program.
  expect(saidOf('COPY --from=node:24 /usr/local/lib /usr/local/lib\n')).toContain('by RUN cd /var/www/html')
  expect(saidOf('COPY src .\nRUN composer require a/b\n')).not.toContain('by RUN')
})

test('a list that names PHP alone must install nothing, also where a test takes packages for development', () => {
  const volumes = [bind('src', '/var/www/html')]
  const list = { 'src/composer.json': '{"require": {"php": ">=8.2", "ext-pdo": "*"}, "autoload": {}}' }
  const saysOf = (file: string) => {
    const code = { [`src/${file}`]: "<?php require __DIR__ . '/../vendor/autoload.php';\n" }
    return said(adopt({ web: { ...WEB, volumes } }, php({ ...list, ...code })), 'web').join()
  }
  expect(saysOf('tests/bootstrap.php')).not.toContain('composer.json')
  expect(saysOf('public/a.php')).toContain('composer.json')
})

test('what only names an installation must not count as one: a script that nothing runs, a new project, a stage without lines', () => {
  const tool = 'COPY --from=composer /usr/bin/composer /bin/\n'
  const saidOf = (file: string, script = '') => {
    const more = { Dockerfile: file, 'go.sh': script }
    return said(adopt({ web: { ...WEB, volumes: [bind('src', '/var/www/html')] } }, php(more)), 'web').join()
  }
  const [idle, make] = ['COPY go.sh /go.sh\nRUN chmod +x /go.sh\n', '[ -f artisan ] || composer create-project a/b .\n']
  expect(saidOf(`FROM php:8-apache\n${tool}${idle}`, 'composer install\n')).toContain('by RUN cd /var/www/html')
  expect(saidOf(`FROM php:8-apache\n${tool}${idle}RUN /go.sh\n`, 'composer install\n')).not.toContain('by RUN')
  expect(saidOf(`FROM php:8-apache\n${tool}${idle}ENTRYPOINT ["/go.sh"]\n`, make)).toContain('by RUN cd /var/www/html')
  const staged = 'FROM node:24 AS node\nFROM php:8-apache\nCOPY --from=node /usr/local/lib /usr/local/lib\n'
  expect(saidOf(staged)).toContain('by RUN composer install')
  expect(saidOf(staged.replace('FROM php', 'RUN npm i\nFROM php'))).not.toContain('by RUN')
})

test('each program of a mounted folder must have its packages installed, where its code asks for them', () => {
  const own = {
    'src/api/composer.json': '{"require": {"a/b": "1"}}',
    'src/api/composer.lock': '{}',
    'src/api/index.php': "<?php require dirname(__DIR__) . '/vendor/autoload.php';",
    'src/tool/composer.json': '{"require": {"a/b": "1"}}',
    'src/tool/composer.lock': '{}',
  }
  const textOf = (over: Over) =>
    adopt({ web: { ...WEB, volumes: [bind('src', '/var/www/html')] } }, over)
      .files.map(({ text }) => text)
      .join('\n')
  const run = 'composer install --no-interaction --no-progress --no-scripts --ignore-platform-reqs'
  expect(textOf(php(own))).toContain(`RUN ${run} && ${run} -d api\n`)
  expect(textOf(php(own))).toContain('COPY --from=composer-packages /app/api/vendor /var/www/html/api/vendor\n')
  const { 'src/composer.json': _, ...alone } = { ...php(own).sources }
  expect(textOf({ ...php(), sources: alone })).toContain(`RUN ${run} -d api\n`)
})
