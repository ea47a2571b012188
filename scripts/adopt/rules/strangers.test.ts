import { expect, test } from 'vitest'
import { adopt as adoptAll, bind, composed, IMAGE, type Over, ROOT, said } from '../../testing/adoption.ts'
import { parseProject } from '../parse-project.ts'
import type { Service, SourceTree } from '../source-tree.ts'
import { MOVED } from './beside.ts'

// What a third round of strangers' projects has shown: nothing may be lost, or claimed, without a word.

const WEB: Service = { build: { context: ROOT }, ports: [{ target: 5000, published: '5000' }] }
const PYTHON = 'FROM python:3\nWORKDIR /srv\nCOPY . .\nEXPOSE 5000\nCMD ["x"]\n'
const adopt = (services: Record<string, Service>, { sources = {}, ...over }: Over = {}) =>
  adoptAll(services, { sources: { Dockerfile: PYTHON, 'compose.yaml': '', ...sources }, ...over })

test('what the Compose file allows a container must stay, or be said to be left out', () => {
  const kept = {
    read_only: true,
    tmpfs: ['/tmp'],
    cpus: 0.5,
    pids_limit: 64,
    group_add: ['44'],
    shm_size: '1g',
    init: false,
  }
  const deploy = {
    resources: { limits: { memory: '4294967296', cpus: 2 }, reservations: { devices: [{ driver: 'nvidia' }] } },
  }
  const more = { cap_drop: ['ALL'], security_opt: ['no-new-privileges:true', 'seccomp:unconfined'] }
  const adoption = adopt({
    web: {
      ...WEB,
      ...kept,
      ...more,
      logging: { driver: 'syslog' },
      labels: { 'ofelia.enabled': 'true', 'traefik.enable': '1' },
    },
    worker: { image: 'a', deploy },
  })
  expect(composed(adoption).services['app']).toMatchObject(kept)
  expect(composed(adoption).services['worker']).toMatchObject({ mem_limit: '4294967296', cpus: 2 })
  expect(said(adoption, 'web').slice(1)).toEqual([
    'note: cap_drop.ALL: the release drops all capabilities, and gives back those in compose/beside.yaml',
    'missing: security_opt[seccomp:unconfined]: left out',
    'note: logging.driver: left out: make logs reads what a container prints',
    'note: labels[ofelia.enabled], labels[traefik.enable]: labels are left out',
  ])
  expect(said(adoption, 'worker')).toContain('missing: deploy.resources.reservations.devices.0.driver: left out')
})

test('networks that others share, and those that keep services apart, must be said to be lost', () => {
  const networks = { default: { name: 'docker_default', external: true }, back: { internal: true }, front: {} }
  const adoption = adopt(
    {
      web: { ...WEB, networks: { default: null, front: null } },
      db: { image: 'redis', networks: { back: null } },
    },
    { project: { networks } },
  )
  expect(said(adoption, 'networks')).toEqual([
    'missing: default: it is another project’s: what else is on it is no longer reached, and no longer reaches this release',
    'note: back: it had no way out; the one network of the release has',
    'note: a release has one network, where what was kept apart meets: web with db',
  ])
})

test.each([
  ['docker network create --driver=bridge shop-net', 'note: net: it has a name of its own'],
  ['docker network create shop-net-2', 'missing: net: it is another project’s'],
])('an external network that a Makefile of the repository makes must be no other project’s: %s', (line, found) => {
  const networks = { net: { name: 'shop-net', external: true } }
  const over = { project: { networks }, sources: { Makefile: `network:\n\t${line}\n` } }
  expect(said(adopt({ web: { ...WEB, networks: { net: null } } }, over), 'networks').join()).toContain(found)
})

test('an external network that no other project is on must ask for nothing', () => {
  const project = { networks: { net: { name: 'proxy', external: true } } }
  const saidOf = (alone: string[]) =>
    said(adopt({ web: { ...WEB, networks: { net: null } } }, { project, tree: { alone } }), 'networks').join()
  expect(saidOf(['proxy'])).toContain('note: net: it has a name of its own')
  expect(saidOf(['other'])).toContain('missing: net: it is another project’s')
})

test.each([
  ['SQL Server', { image: 'mcr.microsoft.com/mssql/server:2022-latest' }, '3g'],
  ['a Java heap', { image: 'elastic/elasticsearch:7', environment: { ES_JAVA_OPTS: '-Xms1g -Xmx1g' } }, '2048m'],
  ['Redis', { image: 'redis' }, '1g'],
])('the memory of %s must be enough for it', (_, db, memory) => {
  expect(composed(adopt({ web: WEB, db })).services['db']?.['mem_limit']).toBe(`\${APP_DATABASE_MEMORY:-${memory}}`)
})

test.each([
  ['a heap of Node', { environment: { NODE_OPTIONS: '--max-old-space-size=4096' } }, '5120m'],
  ['a heap of Java in its command', { command: ['java', '-Xmx2g', '-jar', 'a.jar'] }, '4096m'],
  ['a small heap', { command: ['java', '-Xmx256m', '-jar', 'a.jar'] }, undefined],
  ['a limit of its own', { command: ['java', '-Xmx2g', '-jar', 'a.jar'], mem_limit: '3g' }, '3g'],
])('the memory of an application with %s must be enough for it', (_, own, memory) => {
  const limit = composed(adopt({ web: { ...WEB, ...own } })).services['app']?.['mem_limit']
  expect(limit).toBe(memory?.endsWith('m') ? `\${APP_MEMORY:-${memory}}` : memory)
})

test('a file of the host that init cannot see must stay mounted', () => {
  const zone = { type: 'bind', source: '/etc/timezone', target: '/etc/timezone', read_only: true }
  const adoption = adopt({ web: { ...WEB, volumes: [zone] } }, { tree: { binds: { '/etc/timezone': 'missing' } } })
  expect(composed(adoption).services['app']?.['volumes']).toEqual([zone])
  expect(said(adoption, 'web').join()).not.toContain('missing')
})

test('a command of the Compose file is a list, whatever the image has', () => {
  const sources = { Dockerfile: 'FROM python:3\nCMD gunicorn a:b\n' }
  const saysShell = (web: Service) => said(adopt({ web }, { sources }), 'command').join().includes('shell')
  expect([saysShell(WEB), saysShell({ ...WEB, command: ['gunicorn', 'a:b'] })]).toEqual([true, false])
})

test.each([
  ['ollama/ollama:latest', {}, '8g'],
  ['vllm/vllm-openai', {}, '8g'],
  ['ollama/ollama', { mem_limit: '16g' }, undefined],
  ['team/ollama-proxy', {}, undefined],
])('a server of models must get memory for one, and that must be said: %s, %j', (image, own, memory) => {
  const adoption = adopt({ web: WEB, models: { image, ...own } })
  const { mem_limit: limit } = composed(adoption).services['models'] ?? {}
  expect(limit).toBe(memory ? `\${APP_MEMORY:-${memory}}` : (own as Service)['mem_limit'])
  expect(said(adoption, 'models').some((one) => one.startsWith('ok: it serves models'))).toBe(memory !== undefined)
})

test('a database that is told to keep its data among scratch files must have a volume there all the same', () => {
  const db: Service = { image: 'postgres:16', environment: { PGDATA: '/tmp' } }
  expect(composed(adopt({ web: WEB, db })).services['db']).toMatchObject({ volumes: ['db-data:/tmp'] })
})

test('a mount in memory must keep what its author says of it', () => {
  const mount = { type: 'tmpfs', target: '/cache', tmpfs: { size: '134217728', mode: 448 } }
  const adoption = adopt({ web: { ...WEB, volumes: [mount] } })
  expect(composed(adoption).services['app']?.['volumes']).toEqual([mount])
  expect(said(adoption, 'web').join()).not.toContain('missing')
})

test('a database in memory must be said to lose its data, and gets no hook: that would have no volume to save', () => {
  const db = { image: 'mysql:8', tmpfs: ['/var/lib/mysql/:rw,size=600m'] }
  const adoption = adopt({ web: WEB, db })
  expect(said(adoption, 'db')).toContain(
    'note: it keeps its data in memory (tmpfs /var/lib/mysql/): each restart begins with an empty mysql',
  )
  expect(composed(adoption).services['db']?.['x-snapshot']).toBeUndefined()
  const mendOf = (name: string) =>
    adopt({ web: WEB, [name]: db }).findings.find(({ found }) => found.includes('in memory'))?.mend
  expect([mendOf('db'), mendOf('e2e-db')]).toEqual([
    expect.stringContaining('mount a volume'),
    expect.stringContaining('for tests alone'),
  ])
})

test('a store of objects must be said to have no hook', () => {
  expect(said(adopt({ web: WEB, s3: { image: 'minio/minio' } }), 's3')).toContainEqual(
    expect.stringMatching(/^note: a server of data .* without a hook/),
  )
})

test.each([
  ['migrator', { restart: 'on-failure' }],
  ['data', { command: ['/bin/true'] }],
])('%s must run once in a deploy', (name, spec) => {
  expect(composed(adopt({ web: WEB, [name]: { image: 'a', ...spec } })).services[name]).toMatchObject({ restart: 'no' })
})

const NGINX = 'server { location / { try_files $uri @php; } location @php { fastcgi_pass php:9000; } }'
test('a web server before the others must be the application also where no service publishes a port', () => {
  const nginx: Service = {
    image: 'nginx:1',
    volumes: [
      { type: 'bind', source: `${ROOT}/nginx.conf`, target: '/etc/nginx/conf.d/default.conf', read_only: true },
    ],
  }
  const adoption = adopt(
    { nginx, php: { build: { context: ROOT } }, shell: { build: { context: ROOT } } },
    { sources: { 'nginx.conf': NGINX }, tree: { binds: { [`${ROOT}/nginx.conf`]: 'file' } } },
  )
  expect(said(adoption, 'web')).toEqual(['ok: service nginx becomes service app; the others still reach it as nginx'])
  expect(adoption.settings['APP_PORT']).toBe('80')
})

test('an application that nothing tells from others must be asked about', () => {
  expect(said(adopt({ one: { build: { context: ROOT } }, two: { build: { context: ROOT } } }), 'web')).toEqual([
    'missing: one publishes no port, and becomes service app, as two could',
  ])
})

test('a web server that an image of another name runs must be recognised, by its own configuration alone', () => {
  const adoption = adopt(
    {
      front: {
        build: { context: ROOT, dockerfile: 'Front' },
        ports: [{ target: 80 }],
        volumes: [{ type: 'bind', source: ROOT, target: '/code' }],
      },
      php: { build: { context: ROOT } },
    },
    {
      sources: {
        Front:
          'FROM alpine\nRUN apk add nginx\nCOPY nginx.conf /etc/nginx/nginx.conf\nCMD ["nginx", "-g", "daemon off;"]\n',
        ...{ 'nginx.conf': NGINX, 'tests/nginx.conf': 'server { location / { proxy_pass http://php; } }' },
      },
    },
  )
  expect(said(adoption, 'front')).toContainEqual(
    'note: what the proxy cannot do for it: fastcgi_pass to php (nginx.conf:1), location (nginx.conf:1), try_files (nginx.conf:1)',
  )
})

const HEAD = 'proxy_set_header'
test.each([
  ['one name alone', "ALLOWED_HOSTS = ['web']", '', true],
  ['one name alone, behind what keeps it', "ALLOWED_HOSTS = ['web']", `${HEAD} Host $host;`, false],
  ['one name alone, behind a file of Debian', "ALLOWED_HOSTS = ['web']", 'include proxy_params;', false],
  ['any name', "ALLOWED_HOSTS = ['*']", '', false],
])('an application that answers to %s must be asked by the name that nginx gives it', (_, settings, line, stays) => {
  const text = `server { ${HEAD} Host $host; location / { ${line || `${HEAD} X-Real-IP $remote_addr;`} proxy_pass http://web:3000; } }`
  const nginx: Service = {
    image: 'nginx',
    ports: [{ target: 80 }],
    volumes: [bind('a.conf', '/etc/nginx/conf.d/a.conf')],
  }
  const adoption = adopt(
    { nginx, web: { build: { context: ROOT } } },
    { sources: { 'a.conf': text, 's.py': settings } },
  )
  expect(said(adoption, 'web').join().includes('service nginx becomes service app')).toBe(stays)
})

const SETTINGS = `BASE_DIR = os.path.dirname(PROJECT_DIR)
PROJECT_DIR = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MEDIA_ROOT = os.path.join(PROJECT_DIR, "media")
`
test.each<readonly [string, SourceTree['sources'], string, string]>([
  ['Django', { 'blog/settings/base.py': SETTINGS }, '/srv/blog/media', 'ok'],
  ['Laravel', { artisan: '', 'bootstrap/app.php': '' }, '/srv/storage/app', 'ok'],
  ['Rails', { 'config/storage.yml': '' }, '/srv/storage', 'ok'],
  ['Flask', { 'app.py': "app.config['UPLOAD_FOLDER'] = 'static/uploads'" }, '/srv/static/uploads', 'note'],
  ['Express', { 'src/a.js': "path.join(__dirname, '..', 'uploads')" }, '/srv/uploads', 'note'],
  ...[
    `copy($_FILES['a']['tmp_name'], "imagenes/$name");`,
    `$name = 'imagenes/' . basename($_FILES['a']['name']);\ncopy($_FILES['a']['tmp_name'], $name);`,
    `$dir = "imagenes";\n$to = $dir . "/" . time() . ".png";\nmove_uploaded_file($_FILES["a"]["tmp_name"], $to);`,
    `// $path = "./uploads/";\n$path = "./imagenes/";\nmove_uploaded_file($tmp, "$path/$name");\n$path = "./else/";`,
    `move_uploaded_file($tmp, __DIR__ . '/imagenes/' . $name);`,
    `move_uploaded_file($tmp, dirname(__DIR__) . '/pages/imagenes/' . $name);`,
    `$path = __DIR__ . '/imagenes/';\nsaveFile($path, $_FILES['a'], $name);`,
    `private $dir = 'imagenes/';\nmove_uploaded_file($tmp, $this->dir . $name);`,
  ].map((text) => [`PHP: ${text}`, { 'pages/send.php': text }, '/srv/pages/imagenes', 'note'] as const),
  ...[
    { 'index.php': "include 'lib/send.php';", 'lib/send.php': 'copy($archivoTmp, "fotos/$name");' },
    { 'index.php': 'include("lib/$page.php");', 'lib/send.php': 'copy($TMP, "fotos/$name");' },
    {
      'index.php': "require_once __DIR__ . '/lib/all.php';",
      'lib/all.php': "include_once('send.php');",
      'lib/send.php': "move_uploaded_file($a, 'fotos/' . $b);",
    },
    {
      'admin/a.php': "require '../lib/send.php';",
      'lib/send.php': "include 'lib/send.php'; move_uploaded_file($a, '../fotos/' . $b);",
    },
    { 'send.php': "require './all.php'; copy($TMP, 'fotos/' . $b);", 'all.php': "require './send.php';" },
    { 'index.php': "move_uploaded_file($a, 'fotos/' . $b);", 'lib/a.php': "require ROOT . '/' . $name;" },
  ].map((sources) => [`PHP: ${Object.values(sources).join(' ')}`, sources, '/srv/fotos', 'note'] as const),
  ['PHP, above its page', { 'admin/a.php': "move_uploaded_file($a, '../fotos/' . $b);" }, '/srv/fotos', 'note'],
])('what users send to %s must lie in a volume', (_, sources, folder, verdict) => {
  const adoption = adopt({ web: WEB }, { sources })
  expect(composed(adoption).services['app']?.['volumes']).toEqual([`data:${folder}`])
  expect(said(adoption, 'data')).toContainEqual(expect.stringContaining(`${verdict}: ${folder} in a volume`))
})

test.each([
  "copy('a.txt', 'b/a.txt');",
  'move_uploaded_file($tmp, $to);',
  "move_uploaded_file($a, $_SERVER['ROOT'] . '/a/b');",
  "copy($tmp, 'a.png');",
])('what PHP copies elsewhere must be no folder of uploads: %s', (text) => {
  expect(said(adopt({ web: WEB }, { sources: { 'pages/a.php': text } }), 'data')).toEqual([])
})

test('what users send must be said where no volume can hold it, and where one does already', () => {
  const sources = { 'blog/settings/base.py': SETTINGS, 'blog/media/logo.png': '' }
  expect(said(adopt({ web: WEB }, { sources }), 'data')).toEqual([
    'ok: /srv/blog/media in a volume',
    'note: /srv/blog/media begins with blog/media/logo.png: no later version of these reaches the volume',
  ])
  expect(said(adopt({ web: WEB }, { sources: { ...sources, 'blog/media/a.py': '' } }), 'data')).toEqual([
    `note: /srv/blog/media has data beside blog/media/a.py: a volume would hide the next version of that; ${MOVED}, file by file`,
  ])
  const pair = { web: { ...WEB, scale: 2 }, worker: { ...WEB, ports: [] } }
  const shared = adopt(pair, { sources: { ...sources, 'blog/media/a.py': '' } })
  expect(said(shared, 'data')[0]).toEqual(
    'missing: /srv/blog/media has data beside blog/media/a.py: a volume would hide the next version of that, and each container of web, worker would have its own',
  )
  const volumes = [{ type: 'volume', source: 'm', target: '/srv/blog/media' }]
  expect(said(adopt({ web: { ...WEB, volumes } }, { sources }), 'data')).toEqual([])
})

test('what a service beside the application keeps must be said, through all stages that copy it', () => {
  const sources = {
    Staged:
      'FROM a AS build\nWORKDIR /src\nCOPY . .\nFROM a\nCOPY --from=build /src /rails\nWORKDIR /rails\nCMD ["x"]\n',
    'config/storage.yml': '',
  }
  const worker = { build: { context: ROOT, dockerfile: 'Staged' } }
  const web = { image: 'nginx', ports: [{ target: 80 }] }
  const adoption = adopt({ web, worker, other: worker }, { sources })
  expect(said(adoption, 'worker')).toContain('ok: /rails/storage in the volume worker-storage')
  // Of the same code, both have what one of them keeps.
  const { worker: one, other } = composed(adoption).services
  expect([one?.['volumes'], other?.['volumes']]).toEqual(Array(2).fill(['worker-storage:/rails/storage']))
  // A volume would hide code.
  const kept = adopt({ web, worker }, { sources: { ...sources, 'storage/a.rb': '' } })
  expect(said(kept, 'worker').join()).toContain(
    `note: /rails/storage may keep what users send, beside storage/a.rb, in no volume: ${MOVED}`,
  )
})

test('a volume without a name must be said to keep files, and a cache of a framework must be none', () => {
  const volumes = ['/srv/var', '/srv/var/cache'].map((target) => ({ type: 'volume', target }))
  const adoption = adopt({ web: { ...WEB, volumes } })
  expect(composed(adoption).services['app']?.['volumes']).toEqual(['web-var:/srv/var'])
  expect(said(adoption, 'web')).toContain('note: /srv/var in the volume web-var: the Compose file gives it no name')
  const db = { image: 'redis', volumes: [{ type: 'volume', target: '/data' }] }
  expect(said(adopt({ web: WEB, db }), 'db')).toContain('ok: /data in the volume db-data')
})

test.each(['/app/public', '/app/out'])('a volume where images have their pages must be asked about: %s', (target) => {
  const web: Service = { image: 'x', ports: [{ target: 80 }], volumes: [{ type: 'volume', source: 'p', target }] }
  expect(said(adopt({ web }), 'web')).toContain(
    `note: ${target} in the volume p: code or configuration of the image, or data?`,
  )
})

test.each([
  ['# ssl_certificate /etc/nginx/ssl/a.pem;', '/etc/nginx/ssl', 'note'],
  ['ssl_certificate ssl/a.pem;', '/etc/nginx/ssl', 'missing'],
  ['', '/etc/nginx/templates', 'missing'],
  ['location / { proxy_pass http://api:80; }', '/usr/share/nginx/html', 'note'],
  ['root /usr/share/nginx/html;', '/usr/share/nginx/html', 'missing'],
  ['}\n  include /etc/nginx/conf.d/*.conf;\n  server {', '/usr/share/nginx/html', 'missing'],
])(
  'certificates or pages that are not there must be missing where nginx reads them: %j, %s',
  (line, target, verdict) => {
    const volumes = [bind('nginx.conf', '/etc/nginx/nginx.conf'), bind('ssl', target, { read_only: true })]
    const nginx: Service = { image: 'nginx', ports: [{ target: 80 }], volumes }
    const sources = { 'nginx.conf': `http {\n  server {\n    listen 80;\n    add_header A b;\n    ${line}\n  }\n}\n` }
    const binds = { [`${ROOT}/nginx.conf`]: 'file', [`${ROOT}/ssl`]: 'missing' } as const
    const found = said(adopt({ nginx }, { sources, tree: { binds } }), 'nginx').filter((one) =>
      one.includes('ssl does not'),
    )
    expect(found.map((one) => one.split(':')[0])).toEqual([verdict])
  },
)

test.each([
  ['ssl_certificate /etc/live/shop/a.crt;', undefined, 'missing', [], ''],
  ['ssl_certificate /etc/live/shop/a.crt;', 'folder', 'ok', ['ssl'], ''],
  ['root /srv/shop;', 'folder', 'note', ['nginx-shop:/etc/live/shop:nocopy'], ''],
  ['ssl_certificate /etc/live/shop/a.crt;', 'folder', 'note', ['nginx-shop:/etc/live/shop:nocopy'], 'certbot renew'],
] as const)(
  'a folder where a web server has its certificates must be no volume: %s, %s, %s',
  (line, kind, verdict, mounts, more) => {
    const volumes = [bind('nginx.conf', '/etc/nginx/conf.d/a.conf'), bind('ssl', '/etc/live/shop')]
    const nginx: Service = { image: 'nginx', ports: [{ target: 443 }], volumes, command: ['nginx', more] } as never
    const sources = {
      'nginx.conf': `server {\n  listen 443 ssl;\n  location /.well-known/acme-challenge/ { root /var/www/certbot; }\n  ${line}\n}\n`,
    }
    const binds = { [`${ROOT}/nginx.conf`]: 'file', [`${ROOT}/ssl`]: kind ?? 'missing' } as const
    const adoption = adopt({ nginx }, { sources, tree: { binds } })
    const found = said(adoption, 'nginx').filter((one) => /\bssl\b/.test(one))
    expect(found.map((one) => one.split(':')[0])).toEqual([verdict])
    const all = (composed(adoption).services['app']?.['volumes'] ?? []) as (string | { source: string })[]
    expect(all.map((one) => (typeof one === 'string' ? one : one.source))).toEqual(mounts)
  },
)

test('a file that is not there must not become a volume, whatever it is called', () => {
  for (const [file, target] of [
    ['.env.koel', '/app/.env'],
    ['a.log', '/app/a.log'],
  ] as const) {
    const volumes = [{ type: 'bind', source: `${ROOT}/${file}`, target }]
    const adoption = adopt({ web: { ...WEB, volumes } }, { tree: { binds: { [`${ROOT}/${file}`]: 'missing' } } })
    expect(said(adoption, 'web')).toContain(`missing: ${file} does not exist: the mount at ${target} is left out`)
  }
  const hidden = [{ type: 'bind', source: `${ROOT}/n8n`, target: '/home/node/.n8n' }]
  const folder = adopt({ web: { ...WEB, volumes: hidden } }, { tree: { binds: { [`${ROOT}/n8n`]: 'missing' } } })
  expect(composed(folder).services['app']).toMatchObject({ volumes: ['web-n8n:/home/node/.n8n'] })
})

test.each([
  ['FROM php:8\nCMD ["x"]\n', 1],
  ['FROM php:8 AS one\nRUN composer install\nFROM php:8\nCMD ["x"]\n', 1],
  ['FROM php:8\nRUN composer install\nCMD ["x"]\n', 0],
  ['FROM php:8\nENTRYPOINT ["/start.sh"]\n', 0],
  // An image with Composer has none of the application's packages yet.
  ['FROM php:8\nRUN composer global require "laravel/installer"\nCMD ["x"]\n', 1],
  ['FROM php:8\nRUN curl example.org/installer | php -- --filename=composer --install-dir=/bin\nCMD ["x"]\n', 1],
  ['FROM php:8\nRUN apt-get install -y composer \\\n  && composer --version\nCMD ["x"]\n', 1],
  ['FROM php:8\nRUN npm install -g yarn\nCMD ["x"]\n', 1],
  ['FROM php:8\nRUN npm install -g yarn && yarn\nCMD ["x"]\n', 0],
  // A script of the repository does what its text says.
  ['FROM php:8\nRUN /configure.sh\nCMD ["x"]\n', 1],
  ['FROM php:8\nRUN curl https://example.org/a.sh | sh\nCMD ["x"]\n', 1],
  ['FROM php:8\nRUN /packages.sh\nENTRYPOINT ["/configure.sh"]\n', 0],
  ['FROM php:8\nENTRYPOINT ["/configure.sh"]\n', 1],
  ['FROM php:8\nRUN php composer.phar -n --working-dir=/app install\nCMD ["x"]\n', 0],
  ['FROM php:8\nRUN if [ -f composer.json ]; then composer install; fi\nCMD ["x"]\n', 0],
])('code whose packages nothing installs must be said to lack them (%s)', (Dockerfile, count) => {
  const web = { ...WEB, volumes: [{ type: 'bind', source: ROOT, target: '/app' }] }
  const scripts = { 'php/configure.sh': 'echo a > b.ini\n', 'php/packages.sh': 'cd /app\ncomposer install\n' }
  const sources = { Dockerfile, 'composer.json': '{"require": {}}', ...scripts }
  const adoption = adopt({ web }, { sources })
  expect(said(adoption, 'web').filter((one) => one.includes('. has composer.json, and nothing install'))).toHaveLength(
    count,
  )
})

test('packages of JavaScript beside Go are for what a build makes', () => {
  const web = { ...WEB, volumes: [{ type: 'bind', source: ROOT, target: '/app' }] }
  const sources = { Dockerfile: 'FROM golang\nCMD ["go", "run", "."]\n', 'go.mod': '', 'package.json': '{}' }
  expect(said(adopt({ web }, { sources }), 'web').join()).not.toContain('nothing installs')
})

test('the password of a connection string must not go into the file for git', () => {
  const text = 'Server=db;User=sa;Password=Test@12345;'
  const adoption = adopt({ web: { ...WEB, environment: { Meetings: text } } }, { project: { text } })
  expect(adoption.secrets).toEqual({ APP_MEETINGS: `'${text}'` })
})

test('what the Dockerfile copies, and git does not keep, must be said, through all stages that count', () => {
  const Dockerfile = `FROM a AS made
COPY dist/*.tar.gz x* /files/
FROM a AS other
COPY nowhere /
FROM a
COPY --from=made /files /files
COPY build/libs/*.jar app.jar
COPY src $OTHER compose.yaml none* https://a.example/x /srv/
`
  expect(said(adopt({ web: WEB }, { sources: { Dockerfile, 'src/a.java': '' } }), 'Dockerfile')).toEqual([
    'ok: Dockerfile, from a',
    'missing: Dockerfile copies build/libs/*.jar, dist/*.tar.gz, which git does not keep: a build of what is committed fails',
  ])
})

test('a web server that publishes nothing must look up the others again once they change, also where a database is published', () => {
  const volumes = [bind('a.conf', '/etc/nginx/conf.d/a.conf')]
  const site = (VIRTUAL_HOST: string): Service => ({ image: 'nginx', volumes, environment: { VIRTUAL_HOST } })
  const db: Service = { image: 'mysql:8', ports: [{ target: 3306, published: '3307' }] }
  const services = { api: site('api.a.example'), web: site('a.example'), php: { image: 'php:8-fpm' }, db }
  const sources = { 'a.conf': 'server { location / { fastcgi_pass php:9000; } }' }
  const adoption = composed(adopt(services, { sources, tree: { binds: { [`${ROOT}/a.conf`]: 'file' } } })).services
  const php = { php: { condition: 'service_started', restart: true } }
  expect([adoption['app'], adoption['api']]).toMatchObject(Array(2).fill({ depends_on: php }))
  expect(adoption['php']).toMatchObject({ expose: ['9000'] })
})

test('the service that an nginx-proxy leads to by VIRTUAL_HOST must be the application', () => {
  const build = (name: string) => ({ context: `${ROOT}/${name}` })
  const web: Service = { build: build('web'), environment: { VIRTUAL_HOST: 'a.example,www.a.example' } }
  const api: Service = { build: build('api'), ports: [{ target: 3000, published: '3000' }] }
  const proxy: Service = { image: 'nginxproxy/nginx-proxy:alpine', ports: [{ target: 80, published: '80' }] }
  const sources = { 'web/Dockerfile': 'FROM nginx\nEXPOSE 8000\n', 'api/Dockerfile': IMAGE }
  const adoption = adopt({ api, web, proxy }, { sources })
  expect(adoption.settings).toMatchObject({ APP_DIR: 'web', APP_PORT: '8000' })
  expect(Object.keys(composed(adoption).services)).toEqual(['api', 'app'])
  // That of another project may be before others as well.
  const alone = adopt({ api, web }, { sources })
  expect(said(alone, 'web')).toEqual(['note: which is the application? web becomes service app; api may be it as well'])
  const other = { ...web, environment: { ...web.environment, VIRTUAL_HOST: 'api.a.example', VIRTUAL_PORT: '3000' } }
  const lost =
    'missing: by other names of hosts, or other paths, it reached api (api.a.example): nothing leads there now'
  expect(said(adopt({ api: { ...other, build: build('api') }, web, proxy }, { sources }), 'proxy')).toContain(lost)
})

const MADE = 'FROM a AS made\nWORKDIR /app\nCOPY . .\n'
const TAKEN = 'FROM a\nCOPY --from=made /app/.env .\n'
test.each([
  ['a later stage takes', `${MADE}${TAKEN}`, true],
  ['a command copies', `${MADE}RUN if [ ! -f .env ]; then cp .env .env; fi\n`, true],
  ['a command copies, if it is there', `${MADE}RUN if [ -f .env ]; then cp .env /b/; fi\n`, false],
  ['a command copies, or not', `${MADE}RUN cp .env /b/ || true\n`, false],
  ['the stage makes', `${MADE}RUN cp .env.example .env\n${TAKEN}`, false],
  ['a stage of one file does not take', `FROM a AS made\nWORKDIR /app\nCOPY a.js ./\n${TAKEN}`, false],
])('an .env that git ignores is missing also where %s it', (_, Dockerfile, isLost) => {
  const sources = { Dockerfile, 'a.js': '', '.env.example': '' }
  const found = said(adopt({ web: WEB }, { sources }), 'Dockerfile').some((one) => /^missing: .*\.env, /.test(one))
  expect(found).toBe(isLost)
  const kept = adopt({ web: WEB }, { sources: { ...sources, '.env': '' } })
  expect(said(kept, 'Dockerfile').some((one) => one.startsWith('missing'))).toBe(false)
})

test('a file that the code takes, and git ignores, must become a secret at its place, or be missing where a build takes it', () => {
  const givenBy = (text: string, Dockerfile = IMAGE, name = 'config.js', by = 'app.js') => {
    const sources = { Dockerfile, [by]: text, 'kept.js': '' }
    const tree = { files: [...Object.keys(sources), name] }
    const adoption = adopt({ web: WEB }, { sources, tree })
    const lost = said(adoption, 'Dockerfile').filter((one) => one.startsWith('missing: the code requires'))
    return [
      ...((composed(adoption).services['app']?.['secrets'] ?? []) as { target: string }[]).map(({ target }) => target),
      ...lost,
    ]
  }
  const config = "const config = require('./config')\n"
  for (const text of [config, "import config from './config.js'\n"]) expect(givenBy(text)).toEqual(['/app/config.js'])
  for (const other of ["require('./kept')\n", "// require('./config')\n", "require('./never')\n"])
    expect(givenBy(other)).toEqual([])
  expect(givenBy(config, `${IMAGE}RUN cp config.example.js config.js\n`)).toEqual([])
  const built = givenBy(config, IMAGE.replace('EXPOSE', 'RUN npm run build\nEXPOSE'))
  expect(built).toEqual([expect.stringContaining('config.js, which git does not keep, and its image is built of it')])
  const php = "<?php require_once __DIR__ . '/inc/db.php';\n"
  expect(givenBy(php, IMAGE, 'inc/db.php', 'index.php')).toEqual(['/app/inc/db.php'])
  expect(givenBy('from shop.local_settings import *\n', IMAGE, 'shop/local_settings.py', 'a.py')).toEqual([
    '/app/shop/local_settings.py',
  ])
  expect(givenBy('key = json.load(open("config.json"))\n', IMAGE, 'config.json', 'a.py')).toEqual(['/app/config.json'])
  expect(givenBy('parser.read("server.conf")\n', IMAGE, 'server.conf', 'a.py')).toEqual(['/app/server.conf'])
  const writes = 'c = json.load(open("config.json"))\njson.dump(c, open("config.json", "w"))\n'
  expect(givenBy(writes, IMAGE, 'config.json', 'a.py')).toEqual([])
})

test('packages of Go that the code imports, and git does not keep, must be said, unless the build makes them', () => {
  const build = 'FROM golang\nCOPY . .\nRUN go build\nCMD ["./a"]\n'
  const main = 'package main\nimport (\n\t"fmt"\n\t"a.example/shop/ent/user"\n\tx "a.example/shop/own"\n)\n'
  const files = { 'go.mod': 'module a.example/shop\n', 'main.go': main, 'own/own.go': '', 'ent/generate.go': '' }
  const missingIn = (Dockerfile: string, more: Record<string, string> = {}) =>
    said(adopt({ web: WEB }, { sources: { Dockerfile, ...files, ...more } }), 'Dockerfile').slice(1)
  expect(missingIn(build)).toEqual([
    'missing: the code imports ent/user, which git does not keep: a build of what is committed fails',
  ])
  expect(missingIn(build.replace('go build', 'go generate ./... && go build'))).toEqual([])
  expect(missingIn(build, { 'ent/user/user.go': '' })).toEqual([])
})

test('a Dockerfile of another name must be said to be there, and submodules to be empty in a build', () => {
  const withFile = (name: string) => {
    const sources = { [name]: 'FROM a\n' }
    return adopt({ db: { image: 'postgres' } }, { sources, tree: { sources, files: [name] } })
  }
  expect(said(withFile('Dockerfile.prod'), 'Dockerfile')).toEqual(['ok: Dockerfile.prod, from a'])
  expect(said(withFile('Dockerfile.dev'), 'Dockerfile')).toEqual(['missing: no Dockerfile; there is Dockerfile.dev'])
  const modules = { '.gitmodules': '[submodule "a"]\n\tpath = themes/a\n' }
  expect(said(adopt({ web: WEB }, { sources: modules }), 'git')).toEqual([
    'missing: themes/a: git keeps submodules in other repositories, so a build has empty folders there',
  ])
  expect(said(adopt({ web: WEB }, { sources: { ...modules, '.dockerignore': '/themes\n' } }), 'git')).toEqual([])
})

test('a repository that git keeps as a commit alone must be said to be empty in a build that has its folder', () => {
  const findingsOf = (context: string) => {
    const sources = { 'web/Dockerfile': 'FROM a\nCOPY lib /lib\n' }
    return adopt({ web: { ...WEB, build: { context } } }, { sources, tree: { links: ['web/lib'] } }).findings
  }
  const found = 'web/lib: git keeps submodules in other repositories, so a build has empty folders there'
  expect(findingsOf(`${ROOT}/web`)[0]).toMatchObject({
    ...{ verdict: 'missing', found },
    mend: expect.stringMatching(/^put their files there, and commit them \(git rm --cached web\/lib && rm -rf/),
  })
  expect(findingsOf(`${ROOT}/other`).map(({ check }) => check)).not.toContain('git')
  const stray = adopt({ web: WEB }, { tree: { links: ['.tool/worktrees/a'] } })
  expect(said(stray, 'git'), 'of a tool alone').toEqual([expect.stringMatching(/^note: \.tool/)])
})

const SPRING = {
  'pom.xml': '<a>spring-boot-starter-web</a> spring-boot-starter-actuator',
  Dockerfile: 'FROM a\nCOPY . .\nCMD ["x"]\n',
}
const YAML = `a:\n  port: 1\nserver:\n  # port: 2\n  port: \${PORT:9000}\n  servlet:\n    context-path: /shop\n`
test.each([
  [{}, '8080', 'ok: /actuator/health'],
  [{ 'src/main/resources/application.yml': YAML }, '9000', 'ok: /shop/actuator/health'],
  [{ 'application.yml': 'a:\n  server.port: 1\nserver.port: 9002\n' }, '9002', 'ok: /actuator/health'],
  [
    { 'application.properties': 'server.port = 9001\nmanagement.server.port=1' },
    '9001',
    'note: no page is known to do nothing but answer: any answer below 500 to GET /healthz counts',
  ],
  [
    { 'build.gradle': 'spring-boot-starter-security' },
    '8080',
    'note: no page is known to do nothing but answer: any answer below 500 to GET /healthz counts',
  ],
])('the port and the path of a Spring application must be those of its settings (%#)', (more, port, health) => {
  const adoption = adopt({ web: { build: { context: ROOT } } }, { sources: { ...SPRING, ...more } })
  expect(adoption.settings['APP_PORT']).toBe(port)
  expect(said(adoption, 'health path')).toEqual([health])
})

test('a Compose file with databases alone must be said to be without the application', () => {
  const db = { image: 'postgres' }
  const alone =
    'note: no service of compose.yaml is the application, and none builds Dockerfile: it becomes the application'
  expect(said(adopt({ db }), 'web')).toEqual([alone])
  const sources = { 'worker/Dockerfile': PYTHON, 'package.json': '{"scripts": {"start": "next start"}}' }
  const below = adopt({ db }, { tree: { sources, files: Object.keys(sources) } }).findings
  expect(below.find(({ check }) => check === 'web')?.mend).toContain('if it is the Node in this folder')
  expect(said(adopt({ db }, { project: { profiled: { adminer: ['tools'] } } }), 'web')).toEqual([alone])
  expect(said(adopt({ db }, { project: { profiled: { app: ['prod'], adminer: ['tools'] } } }), 'web')).toEqual([
    'missing: no service answers HTTP requests on a port, and those with a profile are not read: app',
  ])
})

test('a service that could be built from another repository must run its image', () => {
  const read = parseProject(
    'name: a\nservices: {web: {image: b, ports: [{target: 80}], build: {context: "https://a.example/b.git#x"}}}',
    'compose.yaml',
    ROOT,
  )
  const adoption = adopt(read.services)
  expect(said(adoption, 'web')).toContain(
    'note: it could be built from https://a.example/b.git#x: that is no version of this repository, so it runs b',
  )
  expect(adoption.settings['APP_DIR']).toBe('.')
})

test('a volume that only gives a folder of the repository a name must be that folder: git may keep code there', () => {
  const named = (device: string) =>
    parseProject(
      `name: a\nservices: {web: {build: {context: /shop}, volumes: [{type: volume, source: b, target: /b}]}}\nvolumes: {b: {driver_opts: {type: none, o: "bind,rw", device: ${device}}}}`,
      'compose.yaml',
      ROOT,
    )
  const { services, volumes } = named('/shop/lua')
  expect([services['web']?.volumes, volumes]).toEqual([[{ type: 'bind', source: '/shop/lua', target: '/b' }], {}])
  const other = named('/srv/lua')
  expect([other.services['web']?.volumes?.[0]?.type, Object.keys(other.volumes)]).toEqual(['volume', ['b']])
})

test.each([['php artisan serve'], ['npm run dev'], ['./mvnw spring-boot:run'], ['npm start', 'react-scripts start']])(
  '%s must be said to be for development',
  (line, start = line) => {
    const sources = { 'package.json': JSON.stringify({ scripts: { start } }) }
    expect(said(adopt({ web: { ...WEB, command: line.split(' ') } }, { sources }), 'command')).toEqual([
      `note: ${start}: a server for development`,
    ])
  },
)

test.each([
  ['node server.js', []],
  ['NODE_ENV=production npm run serve', []],
  ['npm run watch:all', ['note: nodemon server.js: a server for development']],
  ['node --watch server.js', ['note: node --watch server.js: a server for development']],
  ['astro dev', ['note: astro dev: a server for development']],
])('what a script called dev runs tells whether it is for development: %s', (dev, says) => {
  const scripts = { dev, serve: 'node server.js', 'watch:all': 'nodemon server.js' }
  const sources = { 'package.json': JSON.stringify({ scripts }) }
  const spec: Service = { ...WEB, command: ['sh', '-c', 'npm ci && npm run dev'] }
  const saidOf = (check: string) => {
    const adoption = adopt({ web: spec, beside: { ...spec, ports: [] } }, { sources })
    return said(adoption, check).filter((one) => one.includes('development'))
  }
  const full = says.map((one) => one.replace('note: ', 'note: sh -c npm ci && '))
  expect([saidOf('command'), saidOf('beside')]).toEqual([full, full])
})

test('of a program further down, its own script must tell whether it is for development', () => {
  const sources = {
    'package.json': '{"scripts": {"dev": "some-runner all"}}',
    'client/package.json': '{"scripts": {"dev": "vite --host"}}',
    Dockerfile: `${IMAGE}WORKDIR /app/client\nCMD ["pnpm", "dev"]\n`,
  }
  expect(said(adopt({ web: WEB }, { sources }), 'command').join()).toContain('vite --host: a server for development')
})

test('the only service that can be the application must be it, and said to publish nothing', () => {
  const adoption = adopt({ site: { image: 'acme/shop' }, db: { image: 'postgres' } })
  expect(said(adoption, 'web')).toEqual([
    'note: service site becomes service app: it publishes no port, and no other service can be it',
  ])
  expect(adoption.findings.find(({ check }) => check === 'port')?.verdict).toBe('missing')
})

test('a cache below a volume must begin empty with each container', () => {
  const volumes = [
    { type: 'volume', source: 'var', target: '/srv/var' },
    { type: 'volume', target: '/srv/var/cache' },
  ]
  const app = composed(adopt({ web: { ...WEB, volumes } })).services['app']
  expect(app).toMatchObject({ volumes: [expect.stringMatching(/^var:/)], tmpfs: ['/srv/var/cache'] })
})

test('the default file of a framework must be asked about where a server may have the data, and once', () => {
  const sources = { 'config/a.php': "'database.sqlite'", 'config/b.php': "'mysql', 'database.sqlite'" }
  expect(said(adopt({ web: WEB, db: { image: 'mysql:8' } }, { sources }), 'data')).toEqual([
    "note: database.sqlite: its database beside the code, or the server's?",
  ])
  // A variable chooses the file.
  const web = { ...WEB, environment: { DB_CONNECTION: 'sqlite' } }
  expect(said(adopt({ web, db: { image: 'mysql:8' } }, { sources }), 'data')).toEqual([
    `note: database.sqlite beside the code: ${MOVED}`,
  ])
})

test.each([
  ['mysql', '', false],
  ['mysql', 'DB_CONNECTION=sqlite\n', true],
  ['sqlite', '', true],
])("the file of Laravel's settings must be asked about where that may be chosen: %s %s", (usual, example, isAsked) => {
  const config = `'default' => env('DB_CONNECTION', '${usual}'),\n'database' => database_path('database.sqlite'),\n`
  const sources = { 'config/database.php': config, '.env.example': example }
  const found = said(adopt({ web: WEB, db: { image: 'mysql:8' } }, { sources }), 'data').join()
  expect(found.includes('database.sqlite')).toBe(isAsked)
})

test('a server of files before a program must be told of no data beside the code: the program is', () => {
  const sources = {
    'config/a.php': "'database.sqlite'",
    'nginx.conf': 'server { location / { fastcgi_pass php:9000; } }',
  }
  const nginx = {
    ...{ image: 'nginx', ports: [{ target: 80, published: '80' }] },
    volumes: [bind('nginx.conf', '/etc/nginx/conf.d/default.conf'), bind('config', '/app/config')],
  }
  const tree = { binds: { [`${ROOT}/nginx.conf`]: 'file' as const, [`${ROOT}/config`]: 'folder' as const } }
  const own = { isHere: true, volumes: [], environment: {}, ports: [80], user: '' }
  const images = { nginx: { ...own, entrypoint: ['/docker-entrypoint.sh'], cmd: ['nginx', '-g', 'daemon off;'] } }
  const adoption = adopt({ nginx, php: { build: { context: ROOT } } }, { sources, tree: { ...tree, images } })
  expect(said(adoption, 'data').join()).not.toContain('database.sqlite')
  expect(said(adoption, 'php').join()).toContain(`note: database.sqlite beside the code: ${MOVED}`)
})

const fileIn = ({ files }: ReturnType<typeof adopt>) =>
  files.find(({ path }) => path === 'dartagnan.app.Dockerfile')?.text ?? ''
test('a volume for who is no root in the place of a folder must be given to that user, unless the image gives the folder to that user', () => {
  const volumes = [bind('kept', '/srv/kept')]
  const mounted = (Dockerfile: string, user?: string) =>
    fileIn(adopt({ web: { ...WEB, volumes, ...(user ? { user } : {}) } }, { sources: { Dockerfile } }))
  expect(mounted(IMAGE, '1000:1000')).toContain('RUN install -d -o 1000 -g 1000 /srv/kept')
  expect(mounted(IMAGE)).toBe('')
  // Pages of PHP are not run as the user of the container.
  const install = 'RUN apt-get update && apt-get install -y curl'
  for (const pages of [
    'FROM php:8-apache',
    `FROM debian\n${install} php8.4-fpm`,
    `FROM ubuntu\n${install} apache2 php`,
  ])
    expect(mounted(IMAGE.replace(/^FROM .*/, pages))).toContain('RUN install -d -o www-data /srv/kept')
  expect(mounted(IMAGE.replace(/^FROM .*/, `FROM debian\n${install} php-cli`))).toBe('')
  const given = (lines: string) => mounted(IMAGE.replace('COPY . .\nEXPOSE', `${lines}\nEXPOSE`), '1000')
  expect(given('RUN install -d -o 1000 /srv/kept')).toBe('')
  const away = 'RUN adduser a \\\n && chown -R a:a .'
  expect(given(`WORKDIR /srv\nRUN mkdir -p logs kept\n${away}`)).not.toContain('-o 1000 /srv/kept')
  expect(given(`WORKDIR /srv\nRUN mkdir -p logs\n${away}`)).toContain('-o 1000 /srv/kept')
  expect(given(`WORKDIR /srv\nRUN mkdir -p kept\n${away} && chown b /srv`.replace('-R ', ''))).toContain(
    '-o 1000 /srv/kept',
  )
  expect(given('WORKDIR /srv\nRUN mkdir -p kept && chmod -R 777 .')).not.toContain('-o 1000 /srv/kept')
  expect(given('WORKDIR /srv\nRUN mkdir -p kept && chmod -R 775 .')).toContain('-o 1000 /srv/kept')
  // What git keeps there makes the folder, a file that only keeps it as well.
  const copied = (sources: Record<string, string>) =>
    fileIn(adopt({ web: { ...WEB, volumes, user: '1000' } }, { sources }))
  const Dockerfile = IMAGE.replace('COPY . .', 'COPY --chown=1000 . /srv/')
  expect(copied({ Dockerfile, 'kept/.gitignore': '*' })).toBe('')
  expect(copied({ Dockerfile })).toContain('-o 1000 /srv/kept')
})

test('so must that of a Dockerfile alone, whose user is no root', () => {
  const Dockerfile = `${IMAGE}USER 1000\n`
  const sources = { Dockerfile, 'a.py': "url = 'sqlite:////srv/kept/a.db'" }
  expect(said(adoptAll(undefined, { sources }), 'data').join()).toContain(
    "it runs as 1000, and an empty volume is root's",
  )
})

test('what was on the network of its host must be told how to reach it: the key itself would exclude the other networks', () => {
  const { findings } = adopt({ web: { ...WEB, network_mode: 'host' } as Service })
  const [said, ...more] = findings.filter(({ found }) => found.startsWith('network_mode'))
  expect(said?.mend).toMatch(/take it out .*extra_hosts: \["host.docker.internal:host-gateway"\]/)
  expect(more).toEqual([])
})

test.each([
  [['.env.dusk.example', '.env.example'], 'cp .env.example .env'],
  [['.env.prod.example', 'env.example'], 'cp env.example .env'],
  [['.env.tpl'], 'cp .env.tpl .env'],
  [['.env_example'], 'cp .env_example .env'],
  [['api/.env.example', 'api/package.json'], 'create .env'],
])('the example that is named must be that of the file: %j', (files, step) => {
  const problem = 'env file /shop/.env not found: stat'
  const { findings } = adopt({}, { project: { problem }, sources: Object.fromEntries(files.map((file) => [file, ''])) })
  expect(findings.map(({ mend }) => mend)).toEqual([`${step}, correct what they say, then run this again`])
})

test.each([
  ['without an example', {}, 'create .env', 'A, TOKEN, KEY'],
  ['with one', { '.env.example': 'TOKEN=\n' }, 'cp .env.example .env', 'A, KEY'],
  ['with one that has all', { '.env.example': 'A=1\nTOKEN=\nKEY=1\n' }, 'cp .env.example .env', ''],
])('a missing .env must be asked for with what the code reads: %s', (_, example, first, names) => {
  const project = { problem: 'env file /shop/.env not found: stat', unset: ['A'] }
  const a = "process.env.TOKEN; process.env.PORT; process.env.npm_config_report; process.env.MODE || 'x'"
  const sources = { ...example, 'a.js': a, 'b.py': "os.environ['KEY']; os.getenv('LEVEL', '1')" }
  const asks = names && `   (with a line for each of ${names}, which the Compose file (from .env) or the code reads)`
  expect(adopt({}, { project, sources }).findings.map(({ mend }) => mend)).toEqual([
    `${first}, correct what they say, then run this again${asks}`,
  ])
})

test('a mount beside the folder of a database must not share its volume', () => {
  const volumes = [{ type: 'bind', source: `${ROOT}/pg`, target: '/var/lib/postgres/data' }]
  const db = { image: 'postgres:latest', volumes }
  expect(
    composed(adopt({ web: WEB, db }, { tree: { binds: { [`${ROOT}/pg`]: 'folder' } } })).services['db'],
  ).toMatchObject({
    volumes: ['db-data:/var/lib/postgres/data', 'db-postgresql:/var/lib/postgresql'],
  })
})

test('the path of a call in another language is no route of Django', () => {
  const sources = { 'src/Client.java': 'client.path("hello")', 'pom.xml': 'quarkus-rest quarkus-smallrye-health' }
  const adoption = adopt(
    { web: { build: { context: ROOT } } },
    { sources: { ...sources, Dockerfile: 'FROM a\nCOPY . .\n' } },
  )
  expect(said(adoption, 'health path')).toEqual(['ok: /q/health'])
  expect(adoption.settings['APP_PORT']).toBe('8080')
})

test('the Dockerfile of a database is not that of the application', () => {
  const sources = {
    'DB/Dockerfile': 'FROM postgres:16\n',
    'shop/package.json': '{}',
    'shop/a.js': "path.join(__dirname, 'uploads')",
  }
  const adoption = adopt({ db: { image: 'postgres' } }, { sources, tree: { sources, files: Object.keys(sources) } })
  expect(said(adoption, 'Dockerfile')).toEqual(['missing: no Dockerfile; there is shop/package.json'])
  expect(said(adoption, 'data')).toEqual([])
})

const shared = (readOnly: boolean) => [{ type: 'bind', source: ROOT, target: '/code', read_only: readOnly }]
test('a folder of data that a service sees in that of its code, and another one mounts, must be one volume', () => {
  const web: Service = { ...WEB, ports: [], volumes: [bind('.', '/app')] }
  const front = [bind('site.conf', '/etc/nginx/conf.d/site.conf'), bind('media', '/media', { read_only: true })]
  const nginx: Service = { image: 'nginx', ports: [{ target: 80 }], volumes: front }
  const db: Service = { image: 'postgres', volumes: [bind('data', '/var/lib/postgresql/data')] }
  const conf = 'server { location /media/ { alias /media/; } location / { proxy_pass http://web:8081; } }'
  const binds = { [ROOT]: 'folder', [`${ROOT}/site.conf`]: 'file', [`${ROOT}/media`]: 'folder' } as const
  const adoption = adopt({ web, nginx, db }, { sources: { Dockerfile: IMAGE, 'site.conf': conf }, tree: { binds } })
  const { services } = composed(adoption)
  expect(services['web']).toMatchObject({ volumes: ['web-media:/app/media'] })
  expect(services['app']).toMatchObject({ volumes: ['web-media:/media:ro'] })
  expect(
    adoption.copies.filter((line) => line.includes('/media:/from')),
    'copied once',
  ).toHaveLength(1)
})

test('a folder of code that several services mounted must be said to be one no more', () => {
  const nginx: Service = { image: 'nginx', ports: [{ target: 80 }], volumes: shared(true) }
  const php = { build: { context: ROOT }, volumes: shared(false) }
  const adoption = adopt(
    { nginx, php, db: { image: 'mysql', volumes: [bind('pg', '/var/lib/mysql'), bind('sql', '/sql')] } },
    {
      tree: { binds: { [ROOT]: 'folder', [`${ROOT}/pg`]: 'folder', [`${ROOT}/sql`]: 'folder' } },
      sources: {
        'composer.json': '',
        'sql/a.sql': '',
        Dockerfile: 'FROM php\nRUN apk add make \nCMD ["sh", "-c", "composer install"]\n',
      },
    },
  )
  expect(said(adoption, 'php')).toContain(
    'note: nginx, php mounted .: in the release each has its own copy, and sees nothing that another writes',
  )
  const rest = [...said(adoption, 'nginx'), ...said(adoption, 'db')]
  expect(rest.filter((one) => /mounted|packages/.test(one))).toEqual([])
  expect(said(adoption, 'php').filter((one) => one.includes('packages'))).toEqual([])
})

test('what services mounted in common is named, and not what one of them has above that', () => {
  const web: Service = { ...WEB, volumes: [bind('.', '/code'), bind('static', '/code/static')] }
  const nginx: Service = { build: { context: `${ROOT}/nginx` }, volumes: [bind('static', '/static')] }
  const sources = { 'static/a.css': '', 'nginx/Dockerfile': 'FROM nginx\n' }
  const binds = { [ROOT]: 'folder', [`${ROOT}/static`]: 'folder' } as const
  const { findings } = adopt({ web, worker: { ...web, ports: [] }, nginx }, { sources, tree: { binds } })
  const apart = 'in the release each has its own copy, and sees nothing that another writes'
  const found = findings.map((one) => one.found).filter((one) => one.includes(' mounted '))
  expect(found).toEqual([`nginx, web, worker mounted static: ${apart}`])
})

test('what the release has in a volume does not end with a version, and is one for all', () => {
  const data = { 'a.py': 'path = get_env("SHOP", "/data/shop.db")\nsqlite3.connect(path)\n', 'data/a.jpg': '' }
  const own = adopt(
    { web: { ...WEB, volumes: [bind('data', '/data')] } },
    { sources: data, tree: { binds: { [`${ROOT}/data`]: 'folder' }, files: [...Object.keys(data), 'data/shop.db'] } },
  )
  expect(composed(own).services['app']?.['volumes']).toEqual(['data:/data'])
  expect(said(own, 'web').join()).toContain('ok: data goes into the image, at /data, below a volume of the release')
  expect(said(own, 'web').join()).toContain('note: the image lacks data/shop.db of data')
  const media = {
    'settings.py': "MEDIA_ROOT = BASE_DIR / 'media'\n",
    'models.py': 'a = FileField()\n',
    'media/a.jpg': '',
  }
  const conf = 'server {\n  listen 80;\n  add_header A b;\n  location / { proxy_pass http://web:5000; }\n}\n'
  const more = { 'nginx/a.conf': conf, 'nginx/Dockerfile': 'FROM nginx\nCOPY a.conf /etc/nginx/conf.d/default.conf\n' }
  const front = { build: { context: `${ROOT}/nginx` }, ports: [{ target: 80, published: '80' }] }
  const nginx: Service = { ...front, volumes: [bind('media', '/app/media')] }
  const web: Service = { build: { context: ROOT }, volumes: [bind('.', '/srv'), bind('media', '/srv/media')] }
  const binds = { [ROOT]: 'folder', [`${ROOT}/media`]: 'folder' } as const
  const { findings } = adopt({ web, nginx }, { sources: { ...media, ...more }, tree: { binds } })
  const found = findings.map((one) => one.found)
  expect(found.filter((one) => / mounted |ends with each version/.test(one))).toEqual([])
})

test('packages of Ruby and .NET are no data', () => {
  const volumes = ['/usr/local/bundle/gems', '/root/.nuget/packages'].map((target, index) => ({
    type: 'volume',
    source: `v${index}`,
    target,
  }))
  expect(composed(adopt({ web: { ...WEB, volumes } })).services['app']).not.toHaveProperty('volumes')
})

test('a port that a variable contradicts must be said', () => {
  expect(said(adopt({ web: { ...WEB, environment: { ASPNETCORE_URLS: 'http://+:8080' } } }), 'port')).toEqual([
    'missing: 5000, but ASPNETCORE_URLS lets it listen on 8080',
  ])
  expect(
    said(adopt({ web: { ...WEB, environment: { ASPNETCORE_URLS: 'https://+:1;http://*:5000' } } }), 'port'),
  ).toEqual(['ok: 5000'])
  const ports = [5001, 5000].map((target) => ({ target, published: String(target) }))
  const environment = { ASPNETCORE_URLS: 'https://+:5001;http://+:5000' }
  expect(said(adopt({ web: { ...WEB, ports, environment } }), 'port')[0]).toMatch(/^\w+: 5000(?! or)/)
})

test('an image of AWS Lambda must be said to answer no HTTP requests', () => {
  const Dockerfile = 'FROM public.ecr.aws/lambda/nodejs:22\nCOPY . .\nCMD ["a.handler"]\n'
  expect(said(adopt({ web: WEB }, { sources: { Dockerfile } }), 'port')).toContain(
    'missing: public.ecr.aws/lambda/nodejs:22 answers the calls of AWS Lambda, and no HTTP requests',
  )
})

test('a command that empties the database must be said', () => {
  const command = ['sh', '-c', 'php artisan migrate:fresh --force && apache2-foreground']
  expect(said(adopt({ web: { ...WEB, command } }), 'web')).toContain(
    'missing: its start runs migrate:fresh: each deploy, rollback and restart would lose data',
  )
})

test('variables without a value must be named where Compose cannot read the file without them', () => {
  const { findings } = adopt(
    {},
    { project: { problem: 'invalid spec: :/data: empty section between colons', unset: ['data'] } },
  )
  expect(findings.map(({ verdict, found }) => `${verdict}: ${found}`)).toEqual([
    'missing: compose.yaml cannot be read: invalid spec: :/data: empty section between colons',
  ])
  expect(findings[0]?.mend).toBe('write data=… to .env, a line each, then run this again')
})

test("the labels of Traefik's first version must be read", () => {
  const labels = { 'traefik.frontend.rule': 'Host:a.example;PathPrefix:/shop', 'traefik.port': '8000' }
  const traefik: Service = { image: 'traefik:1.7', ports: [{ target: 80 }, { target: 443 }] }
  const adoption = adopt({
    traefik,
    web: { build: { context: ROOT }, labels: { 'traefik.frontend.rule': 'Host:a.example', 'traefik.port': '9000' } },
    shop: { image: 'x', labels },
  })
  expect(adoption.settings['APP_PORT']).toBe('9000')
  expect(said(adoption, 'traefik')).toContain('note: ports[443/tcp]: HTTPS ends before the release, which speaks HTTP')
  expect(composed(adoption).services).not.toHaveProperty('traefik')
  expect(composed(adoption).services['shop']).toMatchObject({ 'x-route': { path: '/shop', port: 8000 } })
})

test('port and path must not be claimed where no Dockerfile says which application it is', () => {
  const sources = { 'a/pom.xml': 'spring-boot-starter-web spring-boot-starter-actuator' }
  const adoption = adopt({ db: { image: 'postgres' } }, { sources, tree: { sources, files: Object.keys(sources) } })
  expect([...said(adoption, 'port'), ...said(adoption, 'health path')]).toEqual([
    'note: 8080',
    'note: /actuator/health',
  ])
  const absent = adopt({ web: { build: { context: `${ROOT}/none` }, ports: [{ target: 80 }] } })
  expect(said(absent, 'port')).toEqual(['ok: 80'])
})

test('what labels ask of Traefik beside routes must be said where the proxy takes its place', () => {
  const labels = {
    'traefik.enable': 'true',
    'traefik.http.routers.shop.rule': 'Host(`a.example`)',
    'traefik.http.routers.shop.middlewares': 'https, login@docker',
    'traefik.http.services.shop.loadBalancer.server.port': '3000',
    'traefik.http.services.shop.loadbalancer.sticky.cookie': 'true',
    'traefik.http.services.shop.loadbalancer.sticky.cookie.name': 'shop',
    'traefik.http.middlewares.idle.compress': 'true',
    'traefik.http.middlewares.https.redirectscheme.scheme': 'https',
  }
  const own = {
    'traefik.http.routers.dashboard.service': 'api@internal',
    'traefik.http.middlewares.login.basicauth.users': 'a:b',
    'acme.monitor': 'true',
  }
  const traefik: Service = { image: 'traefik:3', ports: [{ target: 80 }], labels: own }
  const some = { 'traefik.http.routers.some.rule': 'Host(`a.example`) && PathPrefix(`/some`) && Method(`GET`)' }
  const adoption = adopt({ traefik, web: { build: { context: ROOT }, labels }, some: { image: 'x', labels: some } })
  const [found, ...more] = adoption.findings.filter((one) => /label/.test(one.found))
  expect(found?.found).toBe(
    'what these labels ask for is not carried over: middlewares.login.basicauth.users, services.shop.loadbalancer.sticky, routers.some.rule',
  )
  expect(found?.verdict).toBe('missing')
  expect(more.map((one) => one.found)).toEqual(['labels[acme.monitor]: left out with this web server'])
  expect(adoption.settings).toMatchObject({ APP_PORT: '3000' })
})

test('each further site of a web server must have a service, where it has a port of its own: the proxy leads to one', () => {
  const ports = ['8080', '80', '9090'].map((port) => ({ target: Number(port), published: port }))
  const networks = { default: { aliases: ['site'] } }
  const volumes = [bind('sites.conf', '/etc/nginx/conf.d/sites.conf')]
  const web: Service = { image: 'nginx:1.27', ports, volumes, networks, container_name: 'front' }
  const sites = ['80', '[::]:8080'].map((at) => `server {\n  listen ${at};\n  root /srv;\n}\n`).join('')
  const tree = { binds: { [`${ROOT}/sites.conf`]: 'file' as const } }
  const adoption = adopt({ web }, { sources: { 'sites.conf': sites }, tree })
  expect(said(adoption, 'port')).toContain(
    'note: 8080 has a site of its own, to which the proxy does not lead: the service web-8080, of the same image, has that port',
  )
  expect(said(adoption, 'port')).toContain('note: 80, or 9090: which of them speaks HTTP?')
  expect(said(adoption, 'web').join()).not.toContain('8080')
  const { app, 'web-8080': site } = composed(adoption).services
  expect(app).toMatchObject({ networks: { default: { aliases: ['web', 'site', 'front'] } } })
  expect(site).toMatchObject({ ports: [`\${BIND:?}:8080:8080`] })
  expect(site).not.toHaveProperty('networks')
  expect(adoption.settings['APP_PORT']).toBe('80')
})

test('of several sites over HTTPS, the one with all pages must be the application, and each other one a service', () => {
  const ports = ['443', '9444'].map((port) => ({ target: Number(port), published: port }))
  const volumes = [bind('sites.conf', '/etc/nginx/conf.d/sites.conf')]
  const sites = ['443 ssl;location ~ /enroll', '9444 ssl;location /'].map(
    (at) => `server {\n  listen ${at} { proxy_pass http://web:3000; add_header X-A b; }\n}\n`,
  )
  const tree = { binds: { [`${ROOT}/sites.conf`]: 'file' as const } }
  const over = { sources: { 'sites.conf': sites.join('') }, tree }
  const adoption = adopt({ nginx: { image: 'nginx:1.27', ports, volumes }, web: { build: { context: ROOT } } }, over)
  expect(adoption.settings['APP_PORT']).toBe('9444')
  expect(said(adoption, 'nginx').join()).not.toContain('9444')
  const { app, 'nginx-443': site } = composed(adoption).services
  expect(app).toMatchObject({ 'x-tls': true })
  expect(site).toMatchObject({ ports: [`\${BIND:?}:443:443`] })
})

test('a variable of a template of nginx may have its value from the Dockerfile', () => {
  const web: Service = { build: { context: `${ROOT}/web` }, ports: [{ target: 80, published: '80' }] }
  const sources = {
    'web/Dockerfile': 'FROM nginx:1.27\nENV H=api\nCOPY site.template /etc/nginx/templates/default.conf.template\n',
    'web/site.template': `server {\n location / { proxy_pass http://\${H}:3000; }\n}\n`,
  }
  const adoption = adopt({ web, api: { image: 'acme/api' } }, { sources })
  expect(adoption.findings.filter(({ found }) => found.includes('which no service is called'))).toEqual([])
  expect(adoption.settings).toMatchObject({ APP_PORT: '3000' })
})

// Compose gives a container the name of its service as well, and the engine looks for the links of who asks first.
test.each([
  ['the application', {}, {}, ['app']],
  ['who depends on it', {}, { cron: { image: 'x', depends_on: { app: {} } }, lazy: { image: 'y' } }, ['app', 'cron']],
  ['who has its address', {}, { cron: { image: 'x', environment: { API: 'http://app/v1' } } }, ['app', 'cron']],
  ['who has its host', {}, { cron: { image: 'x', environment: { API_HOST: 'app' } } }, ['app', 'cron']],
  ['who has its host by its image', {}, { cron: { build: { context: `${ROOT}/cron` } } }, ['app', 'cron']],
  [
    'not what it depends on',
    { depends_on: { a: {} } },
    { a: { image: 'x', depends_on: { b: {} } }, b: { image: 'y' } },
    ['app'],
  ],
  ['not where it gets a share of requests', { scale: 2 }, {}, []],
])('a service called app beside the application must be linked by that name: %s', (_, app, others, linked) => {
  const web: Service = { image: 'nginx:1.27', ports: [{ target: 80 }] }
  const sources = { 'cron/Dockerfile': 'FROM x\nENV API_HOST=app\n' }
  const { services } = composed(adopt({ web, app: { image: 'acme/api', ...app }, ...others }, { sources }))
  const found = Object.entries(services).filter(([, { links }]) => links !== undefined)
  expect(found.map(([name, { links }]) => [name, links])).toEqual(linked.map((name) => [name, ['app-service:app']]))
  for (const name of linked.filter((one) => one !== 'app'))
    expect(services[name]?.['depends_on']).toEqual({ 'app-service': { condition: 'service_started' } })
})

test.each([
  [
    'by nginx, and has several containers',
    { 'default.conf': 'server {\n location /api/ { proxy_pass http://app:80/; } root /site; }' },
    { scale: 2 },
    {},
    1,
  ],
  [
    'by FastCGI, likewise',
    { 'default.conf': 'server {\n location ~ php$ { fastcgi_pass app:9000; } root /site; }' },
    { scale: 2 },
    {},
    1,
  ],
  [
    'by what it depends on',
    {},
    { depends_on: { b: {} } },
    { b: { image: 'y', environment: { API: 'http://app/v1' } } },
    1,
  ],
  ['by what has a link', {}, {}, { b: { image: 'y', environment: { API: 'http://app/v1' } } }, 0],
  [
    'by nobody that has the file of a web server beside its code',
    { 'b/site.conf': 'server { location ~ php$ { fastcgi_pass app:9000; } }' },
    { depends_on: { b: {} } },
    { b: { image: 'node', volumes: [bind('b', '/app')] } },
    0,
  ],
  ['by nobody', { 'default.conf': 'server { server_name app.example.com; root /app; }' }, { scale: 2 }, {}, 0],
])('a service called app beside the application must be said to share that name where it is called %s', (...given) => {
  const [, sources, app, others, count] = given
  const volumes = [bind('default.conf', '/etc/nginx/conf.d/default.conf')]
  const web: Service = { image: 'nginx:1.27', ports: [{ target: 80 }], volumes }
  const tree = { binds: { [`${ROOT}/default.conf`]: 'file' as const } }
  const adoption = adopt({ web, app: { image: 'acme/api', ...app }, ...others }, { sources, tree })
  const shared = said(adoption, 'app').filter((one) => one.startsWith('missing: web becomes service app'))
  expect(shared).toHaveLength(count)
})

test('a log of requests that was kept must be said to end with the web server whose place the proxy takes', () => {
  const sources = { 'nginx.conf': 'server { listen 80; location / { proxy_pass http://web:3000; } }' }
  const volumes = [bind('nginx.conf', '/etc/nginx/conf.d/default.conf'), bind('logs', '/var/log/nginx')]
  const front: Service = { image: 'nginx', ports: [{ target: 80 }], volumes }
  const web: Service = { build: { context: ROOT } }
  expect(
    said(adopt({ front, web }, { sources, tree: { binds: { [`${ROOT}/nginx.conf`]: 'file' } } }), 'front'),
  ).toContain('note: volumes[/var/log/nginx]: no log of requests is written there any more')
})

const TLS = 'listen 443 ssl; ssl_certificate /a; ssl_certificate_key /b;'
const PASSES = 'location / { add_header A b; proxy_pass http://web:3000; }'
test.each([
  ['only 443, and listens on 80', [443], 'listen 80;', '80'],
  ['only 443, and listens on both', [443], `listen [::]:8081; ${TLS}`, '8081'],
  ['both, and listens on both', [80, 443], `listen 80; ${TLS}`, '80'],
  ['only 443, and listens there alone', [443], TLS, '443'],
])('what is said of the HTTPS of nginx must be true where it publishes %s', (_, ports, listen, port) => {
  const volumes = [bind('a.conf', '/etc/nginx/conf.d/a.conf')]
  const nginx: Service = { image: 'nginx', volumes, ports: ports.map((target) => ({ target, published: `${target}` })) }
  const sources = { 'a.conf': `server { ${listen} ${PASSES} }` }
  const adoption = adopt({ nginx, web: { build: { context: ROOT } } }, { sources })
  expect(adoption.settings).toMatchObject({ APP_PORT: port })
  const all = adoption.findings.map(({ check, found, mend }) => `${check}: ${found} → ${mend}`)
  expect(all.join()).not.toContain('not published')
  expect(all.join()).not.toContain('PORT=443')
  expect(all.some((one) => one.includes('443 speaks HTTPS'))).toBe(port === '443')
  const gate = 'give its names to HOSTS: the gate has port 443 and the certificates (docs/guides/front-door.md)'
  const ends = `nginx: ports[443/tcp]: HTTPS ends before the release, which speaks HTTP → ${gate}`
  expect(all.includes(ends)).toBe(port !== '443')
})

test('the port of nginx must be one where it listens, whatever its service publishes', () => {
  const portOf = (conf: string) => {
    const volumes = [bind('a.conf', '/etc/nginx/nginx.conf')]
    const nginx: Service = { image: 'nginx', volumes, ports: [8080, 8081].map((target) => ({ target })) }
    const sources = { 'a.conf': `http { server { ${conf} ${PASSES} } }` }
    return adopt({ nginx, web: { build: { context: ROOT } } }, { sources }).settings['APP_PORT']
  }
  expect(portOf('listen 80;')).toBe('80')
  expect(portOf('listen 80; listen 8081;')).toBe('8081')
  expect(portOf('listen $PORT;')).toBe('8080')
})

test('the port of HTTPS of any service must be said to be the gate’s', () => {
  const web = { ...WEB, ports: [80, 443].map((target) => ({ target, published: `${target}` })) }
  expect(said(adopt({ web }), 'web')).toContain(
    'note: ports[443/tcp]: HTTPS ends before the release, which speaks HTTP',
  )
})

test('a Dockerfile that is called otherwise in capital letters alone must be named', () => {
  const nginx: Service = { build: { context: `${ROOT}/nginx` } }
  const first = adopt({ web: { ...WEB, ...nginx } }, { sources: { 'nginx/DockerFile': 'FROM nginx' } })
  const beside = adopt({ web: WEB, nginx }, { sources: { 'nginx/DockerFile': 'FROM nginx' } })
  const mend = 'git mv nginx/DockerFile nginx/Dockerfile   (capital letters count), then run this again'
  expect(first.findings.find(({ found }) => found === 'nginx/Dockerfile does not exist')?.mend).toBe(mend)
  expect(beside.findings.find(({ found }) => found === 'its build has no nginx/Dockerfile')?.mend).toBe(mend)
  const folder = adopt({ web: WEB, nginx }, { sources: { 'Nginx/Dockerfile': 'FROM nginx' } })
  expect(folder.findings.find(({ check, mend }) => check === 'nginx' && mend)?.mend).toContain('git mv Nginx nginx ')
  const bare = adoptAll(undefined, { tree: { sources: { DOCKERFILE: IMAGE }, files: ['DOCKERFILE'] } })
  expect(said(bare, 'Dockerfile')).toEqual(['missing: no Dockerfile; there is DOCKERFILE'])
})
