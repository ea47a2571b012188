import { expect, test } from 'vitest'
import { parseDockerfile } from '../image/dockerfile.ts'
import { adopt, bind, composed, ROOT, said, WEB } from '../testing/adoption.ts'
import { guessData, guessWrites } from './data-paths.ts'
import { withPlaces } from './php-paths.ts'
import { findUploads } from './uploads.ts'

const facts = parseDockerfile('FROM php:8-apache\nCOPY src /var/www/html/\n', {}, undefined)
const programOf = (text: string) => ({
  sources: withPlaces({ 'src/sub/up.php': `<?php\n${text}\n` }, facts),
  ...{ files: ['src/sub/up.php'], facts, workdir: '/var/www/html', command: [] },
})
const SENT = "$_FILES['f']['tmp_name']"
const moved = (to: string) => `move_uploaded_file(${SENT}, ${to});`

test.each([
  [`define('UPLOAD_DIR', __DIR__ . '/up/');\n${moved('UPLOAD_DIR . $name')}`, '/var/www/html/sub/up'],
  [`class A { const UPLOAD_DIR = __DIR__ . '/up/'; }\n${moved('self::UPLOAD_DIR . $name')}`, '/var/www/html/sub/up'],
  [`define('ROOT', dirname(__DIR__) . '/');\n$dir = ROOT . 'up/';\n${moved('$dir . $name')}`, '/var/www/html/up'],
  [`define('ROOT', dirname(__DIR__));\n$dir = ROOT . '/up/';\n${moved('$dir . $name')}`, '/var/www/html/up'],
  [`define('ROOT', realpath(__DIR__ . '/..'));\n$dir = ROOT . '/up/';\n${moved('$dir . $name')}`, '/var/www/html/up'],
  [`class A { const ROOT = __DIR__; }\n${moved("self::ROOT . '/up/' . $name")}`, '/var/www/html/sub/up'],
  [`$root = dirname(dirname(__FILE__));\n${moved('"$root/up/$name"')}`, '/var/www/html/up'],
  [`define('ROOT', '/srv/');\ndefine('UP', ROOT . 'up/');\n${moved('UP . $name')}`, '/srv/up'],
  [moved("dirname(__FILE__, 2) . '/up/' . $name"), '/var/www/html/up'],
  [moved(`$_SERVER["DOCUMENT_ROOT"] . "/up/" . $name`), '/var/www/html/up'],
  [
    `$pages = rtrim($_SERVER['DOCUMENT_ROOT'], '/');\n$dir = $pages . '/up/';\n${moved('$dir . $name')}`,
    '/var/www/html/up',
  ],
  [moved("getcwd() . '/up/' . $name"), '/var/www/html/sub/up'],
  [`if (!move_uploaded_file(\n  ${SENT},\n  sprintf('./up/%s.%s', $sum, $kind)\n)) {}`, '/var/www/html/sub/up'],
  ["$config['upload_path'] = './src/up/';", '/var/www/html/up'],
  [
    `return ['folder' => 'up'];\n$at = __DIR__ . '/../' . Config::get('app.folder');\n$to = "$at/$kind";\n${moved('"$to/$name"')}`,
    '/var/www/html/up',
  ],
  [`$dir = __DIR__ . '/up/';\nfile_put_contents($dir . $name, file_get_contents(${SENT}));`, '/var/www/html/sub/up'],
])('the folder in which PHP keeps what users send must be known: %s', (text, folder) => {
  expect(findUploads(programOf(text)).map(({ value }) => value)).toEqual([folder])
})

test('a call on several lines must not move the lines after it', () => {
  const sources = { 'a.php': `move_uploaded_file(\n  ${SENT},\n  'up/a'\n);\n$last` }
  expect(withPlaces(sources, facts)['a.php']?.split('\n')[4]).toBe('$last')
})

test('the files in which PHP keeps data must be known', () => {
  expect(guessData(programOf("new PDO('sqlite:' . __DIR__ . '/../db/shop.db');")).folders[0]?.value).toBe(
    '/var/www/html/db',
  )
  expect(guessData(programOf("new PDO('sqlite:/srv/db/shop.sqlite');")).folders[0]?.value).toBe('/srv/db')
  expect(guessData(programOf("new PDO('sqlite:db/shop.db');")).beside[0]?.value).toBe('db/shop.db')
  const file = "$file = __DIR__ . '/posts.json';\nfile_put_contents($file, json_encode($all));"
  expect(guessWrites(programOf(file))[0]?.value).toBe('/var/www/html/sub/posts.json')
  const lists = "$file = __DIR__ . '/composer.json';\nfile_put_contents($file, json_encode($all));"
  expect(guessWrites(programOf(lists))).toEqual([])
  const scripts = { 'src/composer.json': `"@php -r "touch('database/database.sqlite');""` }
  expect(guessData({ ...programOf(''), sources: scripts }).beside).toEqual([])
})

test('of several copies of a folder, the one beside the code must be that of uploads', () => {
  const copies = 'COPY ./storage /srv/storage-init\nCOPY . /srv/\n'
  const built = parseDockerfile(`FROM php:8-fpm\n${copies}`, {}, undefined)
  const files = ['artisan', 'bootstrap/app.php']
  const program = { ...programOf(''), sources: {}, files, facts: built, workdir: '/srv' }
  expect(findUploads(program).map(({ value }) => value)).toEqual(['/srv/storage/app'])
})

test.each([
  ['src/Admin.php', "->setUploadDir('/public/pictures/')"],
  ['config/packages/vich_uploader.yaml', "upload_destination: '%kernel.project_dir%/public/pictures'"],
  ['config/services.yaml', "pictures_directory: '%kernel.project_dir%/public/pictures'"],
])('a folder of uploads that Symfony counts from its project must be known, whatever its name: %s', (file, text) => {
  const built = parseDockerfile('FROM php:8-fpm\nCOPY . /srv/\n', {}, undefined)
  const sources = { 'site/composer.json': '{}', [`site/${file}`]: text }
  const program = { ...programOf(''), sources, files: [], facts: built, workdir: '/srv/site' }
  expect(findUploads(program).map(({ value }) => value)).toEqual(['/srv/site/public/pictures'])
})

test.each([
  '"extra": {"drupal-scaffold": {"locations": {"web-root": "web/"}}}',
  '"extra": {"installer-paths": {"web/core": ["type:drupal-core"]}}',
])("Drupal's folder of uploads must be known: %s", (text) => {
  const built = parseDockerfile('FROM php:8-fpm\nCOPY app /srv/\n', {}, undefined)
  const program = { ...programOf(''), sources: { 'app/composer.json': `{${text}}` }, files: [], facts: built }
  expect(findUploads(program)).toMatchObject([{ value: '/srv/web/sites/default/files', confidence: 'likely' }])
})

test('what includes a file by a path from elsewhere runs there: uploads must not lie beside a view', () => {
  const sources = {
    'utils/Save.php': `$dir = "up";\n${moved('$dir."/".$name.".".$kind')}`,
    'app/views/form.php': 'require_once("utils/Save.php");',
  }
  const built = parseDockerfile('FROM php:8-apache\nCOPY . /srv/\n', {}, undefined)
  const program = { ...programOf(''), sources, files: [], facts: built }
  expect(findUploads(program).map(({ value }) => value)).toEqual(['/srv/up'])
})

test.each([
  [
    "define('KEPT', BASE . '/storage');\ndefine('UP', KEPT . '/uploads');\nmove_uploaded_file($f, UP . '/' . $n);",
    ['/srv/storage/uploads'],
  ],
  [
    "$root = BASE . '/storage';\n$up = $root . '/uploads/';\nmove_uploaded_file($f, $up . $n);",
    ['/srv/storage/uploads'],
  ],
  ["move_uploaded_file($f, $this->root . '/uploads/' . $n);", []],
  ["$dir = '/img/';\n$up = $_SERVER['DOCUMENT_ROOT'].$dir;\nmove_uploaded_file($f, $up . $n);", ['/srv/public/img']],
])(
  'a path of PHP behind other names must be the one in the container, and none where nobody knows these: %s',
  (text, places) => {
    const conf = 'server {\n  root /srv/public;\n  location ~ php { fastcgi_pass php:9000; }\n}\n'
    const sources = { 'src/a.php': `<?php\ndefine('BASE', dirname(__DIR__));\n${text}\n`, 'nginx.conf': conf }
    const built = parseDockerfile('FROM php:8-apache\nCOPY . /srv/\n', {}, undefined)
    const program = { ...programOf(''), sources: withPlaces(sources, built), files: [], facts: built }
    expect(findUploads(program).map(({ value }) => value)).toEqual(places)
  },
)

test('WordPress must have a volume for uploads that its user owns, whatever its image begins with', () => {
  const Blog = 'FROM wordpress:latest\nRUN echo\n'
  const blog = {
    ...{ build: { context: ROOT, dockerfile: 'Blog' } },
    volumes: [bind('wp-content', '/var/www/html/wp-content')],
  }
  const adoption = adopt(
    { web: WEB, blog, cloud: { build: { context: `${ROOT}/cloud` } } },
    {
      sources: { Blog, 'cloud/Dockerfile': 'FROM nextcloud:30\n', 'wp-content/index.php': '<?php' },
      tree: { binds: { [`${ROOT}/wp-content`]: 'folder' } },
    },
  )
  expect(composed(adoption).services['blog']?.['volumes']).toEqual(['blog-uploads:/var/www/html/wp-content/uploads'])
  expect(adoption.files.find(({ path }) => path === 'dartagnan.blog.Dockerfile')?.text).toContain(
    'RUN install -d -o www-data /var/www/html/wp-content/uploads',
  )
  expect(said(adoption, 'data')).toEqual(['note: in no volume: cloud; a new container of these begins empty'])
})
