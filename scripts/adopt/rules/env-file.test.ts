import { expect, test } from 'vitest'
import { adopt, bind, composed, IMAGE, ROOT, said, WEB } from '../../testing/adoption.ts'
import { takesDotenv } from '../variables.ts'
import { needOf } from './env-need.ts'

// Code that reads .env as a file: git keeps none, so a release answered "not found" on each page, and its deploy passed.

const CHECK = "<?php\n$f = __DIR__ . '/../.env';\nif (!file_exists($f)) {\n  die('not found');\n}\n"
const SOURCES = { Dockerfile: 'FROM php:8-apache\nCOPY . /var/www/html\n', 'src/index.php': CHECK }
const MOUNTED = { ...WEB, volumes: [bind('.', '/var/www/html'), { type: 'volume', target: '/var/www/html/vendor' }] }
const project = { given: { UNREAD: 'y' } }
const tree = { envFiles: ['.env'], binds: { [ROOT]: 'folder' as const } }
const envOf = ({ findings }: ReturnType<typeof adopt>) =>
  findings.filter(({ check, found }) => check === 'web' && /\.env\b/.test(found))

test.each([
  ['mounted with the code', MOUNTED, SOURCES, '/var/www/html/.env'],
  [
    'mounted into a ready image',
    { image: 'php:8', ports: [{ target: 80 }], volumes: [bind('.', '/srv')] },
    { 'src/index.php': CHECK },
    '/srv/.env',
  ],
  ['copied by the build alone', WEB, { Dockerfile: `${IMAGE}COPY .env .env\n`, 'src/index.php': CHECK }, '/app/.env'],
  [
    'which a script of the host makes of an example',
    MOUNTED,
    { ...SOURCES, 'setup.sh': 'cp .env.example .env\n' },
    '/var/www/html/.env',
  ],
  [
    'that a comment of the Dockerfile makes',
    WEB,
    { Dockerfile: `${IMAGE}# COPY ./.env.example /app/.env\n`, 'src/index.php': CHECK },
    '/app/.env',
  ],
  ['copied by the build', WEB, { Dockerfile: IMAGE, 'src/index.php': CHECK }, '/app/.env'],
])('a .env that the code cannot do without must become a secret at its place: %s', (_, web, sources, target) => {
  const adoption = adopt({ web }, { sources, project, tree })
  expect(composed(adoption)).toMatchObject({
    services: { app: { secrets: [{ source: 'env-file', target }] } },
    secrets: { 'env-file': { file: 'secrets/env-file' } },
  })
  expect(envOf(adoption)).toMatchObject([{ verdict: 'note', where: 'src/index.php:3' }])
  expect(adoption.secretCopies).toEqual([{ from: '.env', to: 'secrets/env-file' }])
  expect(adoption.copied.paths, 'by which a deploy knows').toEqual(['.env'])
  // Nor is it said of its values, which the Compose file does not read, that no image has them.
  expect(said(adoption, '.env')).toEqual([])
})

test.each([
  ['.env.local', {}, 1],
  ['.env.prod.local', {}, 1],
  ['.env.dev.local', {}, 0],
  ['.env.prod.local', { environment: { APP_ENV: 'dev' } }, 0],
  ['.env.local', { image: 'nginx' }, 0],
])('what Symfony reads beside .env must be a secret, too: %s', (file, more, count) => {
  const web = { image: 'php:8-apache', ports: [{ target: 80 }], volumes: [bind('.', '/var/www')], ...more }
  const sources = { 'composer.json': '{"require": {"symfony/runtime": "*"}}', 'public/index.php': '' }
  const own = { ...tree, envFiles: [file], envValues: { '.env': { APP_ENV: 'prod' } } }
  const adoption = adopt({ web }, { sources, tree: own })
  const given = { secrets: [expect.objectContaining({ target: `/var/www/${file}` })] }
  if (count > 0) expect(composed(adoption).services['app']).toMatchObject(given)
  expect(adoption.secretCopies.map(({ from }) => from)).toEqual(Array(count).fill(file))
  const project = { envFiles: [`${ROOT}/${file}`] }
  expect(said(adopt({ web }, { sources, tree: own, project }), 'web').join()).not.toContain('its code needs')
})

test.each([
  ['ends without', {}, '"symfony/runtime": "*"', [{ source: 'env-file', target: '/var/www/.env' }]],
  ['is told to do without', {}, '"symfony/runtime": "*"}, "extra": {"runtime": {"disable_dotenv": true}', undefined],
  ['has an example for', { '.env.dist': '' }, '"symfony/runtime": "*"', undefined],
  ['does not look for', {}, '"symfony/console": "*"', undefined],
])('a .env that the runtime of Symfony %s must be a secret only where it ends without', (_, more, list, secrets) => {
  const web = { image: 'php:8-apache', ports: [{ target: 80 }], volumes: [bind('.', '/var/www')] }
  const page = "<?php\nrequire_once dirname(__DIR__).'/vendor/autoload_runtime.php';\n"
  const sources = { 'composer.json': `{"require": {${list}}}`, 'public/index.php': page, ...more }
  const own = { ...tree, envValues: { '.env': { HOST: 'a' } } }
  expect(composed(adopt({ web }, { sources, project, tree: own })).services['app']?.['secrets']).toEqual(secrets)
})

// Node's library goes on without its file: the program listened on another address, without a word.
const DOTENV = "require('dotenv').config()\n"
const [HOST, KEY] = [`\${APP_HOST:?}`, `\${APP_KEY:?}`]
const API = { 'api/Dockerfile': IMAGE, 'api/index.js': DOTENV }
const BUILT = { ...WEB, build: { context: `${ROOT}/api` } }
test.each<readonly [string, typeof WEB, Record<string, string>, Record<string, string>]>([
  ['in the folder of its build', BUILT, API, { HOST, KEY }],
  [
    'in a folder that is mounted',
    { ...WEB, volumes: [bind('api', '/app')] },
    { 'api/index.js': DOTENV },
    { HOST, KEY },
  ],
  ['and the Compose file sets', { ...BUILT, environment: { HOST: '::' } }, API, { HOST: '::', KEY }],
  ['which the build does not see', BUILT, { ...API, 'api/.dockerignore': '.env\n' }, {}],
  ['which the start makes', BUILT, { ...API, 'api/Dockerfile': `${IMAGE}RUN cp .env.example .env\n` }, {}],
  ['that a test ends without', BUILT, { ...API, 'api/tests/a.js': 'process.loadEnvFile()\n' }, { HOST, KEY }],
  ['that no library reads', BUILT, { ...API, 'api/index.js': '' }, {}],
  ['without which it ends', BUILT, { ...API, 'api/index.js': `${DOTENV}process.loadEnvFile()\n` }, {}],
])(
  'what a library takes from a .env outside of git must be in the environment: one %s',
  (_, web, sources, variables) => {
    const values = { envValues: { 'api/.env': { HOST: '0.0.0.0', KEY: 'a$b' } }, envFiles: ['api/.env'] }
    const adoption = adopt(
      { web },
      { sources, project: { text: '::' }, tree: { ...values, binds: { [`${ROOT}/api`]: 'folder' } } },
    )
    expect(composed(adoption).services['app']?.['environment'] ?? {}).toEqual(variables)
    if (variables['KEY'])
      expect(adoption).toMatchObject({ secrets: { APP_KEY: "'a$b'" }, copied: { paths: ['api/.env'] } })
  },
)

test('what a browser is to have from a .env outside of git must be said: its values are there when it is built', () => {
  const sources = { ...API, 'api/index.js': 'fetch(import.meta.env.VITE_URL)\n' }
  const found = envOf(adopt({ web: BUILT }, { sources, tree: { envFiles: ['api/.env'] } }))
  expect(found).toMatchObject([{ verdict: 'note', where: 'api/index.js:1' }])
})

test.each([
  ['import.meta.env.VITE_URL', IMAGE, 1],
  ['import.meta.env.DEV', IMAGE, 0],
  ['import.meta.env.VITE_URL', 'FROM golang:1.26\nCOPY . .\nCMD ["/api"]\n', 0],
])('%s must say nothing where no .env sets it, or nothing builds pages', (text, dockerfile, count) => {
  const sources = { ...API, 'api/Dockerfile': dockerfile, 'api/index.js': `fetch(${text})\n` }
  expect(envOf(adopt({ web: BUILT }, { sources, tree: { envFiles: ['api/.env'] } }))).toHaveLength(count)
})

test("Next's .env.local must be a secret at its place, and said where an image has built the pages before", () => {
  const text = 'export const url = process.env.NEXT_PUBLIC_URL ?? process.env.API_URL\n'
  const sources = { 'web/package.json': '{"dependencies": {"next": "15"}}', 'web/a.js': text }
  const [over, run] = [{ binds: { [`${ROOT}/web`]: 'folder' as const } }, 'npm run build && npm start']
  const mounts = {
    ports: [{ target: 3000 }],
    working_dir: '/app',
    volumes: [bind('web', '/app')],
    command: ['sh', '-c', run],
  }
  const web = { ...mounts, image: 'node:24' }
  const adoption = adopt({ web }, { sources, tree: { ...over, envFiles: ['web/.env.local', 'web/.env.development'] } })
  expect(composed(adoption).services['app']).toMatchObject({ secrets: [{ target: '/app/.env.local' }] })
  const built = { ...mounts, build: { context: `${ROOT}/web` } }
  const made = { ...sources, 'web/Dockerfile': `${IMAGE}RUN npm run build\n` }
  expect(
    envOf(adopt({ web: built }, { sources: made, tree: { ...over, envFiles: ['web/.env.local'] } })),
  ).toMatchObject([
    { verdict: 'note', found: expect.stringContaining('what builds its pages may read web/.env.local') },
  ])
})

test('a word of a comment must be no library that reads .env', () => {
  for (const [file, text, takes] of [
    ['a.go', '// to decouple the rows', false],
    ['b.js', '// no dotenv here', false],
    ['c.py', 'from decouple import config', true],
    ['requirements.txt', 'python-decouple==3.8', true],
  ] as const)
    expect(takesDotenv(file, text)).toBe(takes)
})

test.each([
  ['git keeps it', MOUNTED, { ...SOURCES, '.env': '' }],
  ['the build does not see it', WEB, { Dockerfile: IMAGE, '.dockerignore': '.env\n', 'src/index.php': CHECK }],
  [
    'it stays mounted by itself',
    { ...WEB, volumes: [bind('.env', '/app/.env')] },
    { Dockerfile: IMAGE, 'src/index.php': CHECK },
  ],
  ['the build makes it', MOUNTED, { ...SOURCES, Dockerfile: `${IMAGE}RUN cp -n .env.example .env\n` }],
  ['the build copies an example', WEB, { 'src/index.php': CHECK, Dockerfile: `${IMAGE}COPY .env.example /app/.env\n` }],
  [
    'a start makes it',
    WEB,
    {
      'src/index.php': CHECK,
      Dockerfile: `${IMAGE}ENTRYPOINT ["./up.sh"]\n`,
      'up.sh': 'printenv > /app/.env\nexec "$@"\n',
    },
  ],
  ['only a test needs it', MOUNTED, { ...SOURCES, 'src/index.php': '', 'tests/index.php': CHECK }],
])('no secret must come of a .env where %s', (_, web, sources) => {
  expect(composed(adopt({ web }, { sources, project, tree })).services['app']).not.toHaveProperty('secrets')
})

test.each([
  ['Dotenv', '$dotenv = Dotenv\\Dotenv::createImmutable(__DIR__);\n$dotenv->load();', 2],
  ['Dotenv in one line', "Dotenv\\Dotenv::createImmutable(__DIR__ . '/..')->load();", 1],
  ['Symfony', "(new Dotenv())->bootEnv(dirname(__DIR__).'/.env');", 1],
  ['a path that is given', "if (!is_readable($path)) {\n  throw new Exception('.env is missing');\n}", 1],
  ['else', "if (file_exists('.env')) {\n  load();\n} else {\n  exit(1);", 1],
  ['parse_ini_file', "$env = parse_ini_file(__DIR__ . '/../.env');", 1],
  ['a variable', "\n$file = __DIR__ . '/.env';\n$lines = file($file, FILE_IGNORE_NEW_LINES);", 3],
  ['Go', 'err := godotenv.Load()\nif err != nil {\n\tlog.Fatal("no .env")\n}', 1],
  ['Python', 'with open(".env") as f:', 1],
  ['Python, which looks first', 'if not os.path.exists(".env"):\n    sys.exit("no file")', 1],
  ['pathlib', 'path = BASE / ".env"\nif not path.exists():\n    raise RuntimeError("no file")', 2],
  ['Node', 'process.loadEnvFile()', 1],
  ['Ruby', 'Dotenv.load!', 1],
  ['Rust', 'dotenv().expect("no .env");', 1],
  ['a try that ends', "try {\n  $dotenv->load();\n} catch (Exception $e) {\n  die('no .env');\n}", 2],
])('code that ends without .env must be found: %s', (_, text, line) => {
  expect(needOf({ a: text }, '.env')).toBe(`a:${line}`)
})

test.each([
  [
    'a script of the host, which calls the engine',
    'if not Path(".env").exists():\n    sys.exit(1)\nsubprocess.run(["docker", "ps"])',
  ],
  ['Dotenv that is safe', '$dotenv->safeLoad();'],
  ['Dotenv where it is there', "if (file_exists(__DIR__.'/.env')) {\n  $dotenv->load();\n}"],
  ['Dotenv whose refusal is caught', 'try {\n  $dotenv->load();\n} catch (Exception $e) {\n}'],
  ['a loader that returns', "if (!file_exists($path = '.env')) {\n  return;\n}\n$lines = file($path);"],
  ['python-dotenv', 'load_dotenv()\nload_dotenv(".env")'],
  ['dotenv of Node', "require('dotenv').config({ path: '.env' })\nif (!fs.existsSync(upload)) throw new Error('none')"],
  ['an old dotenv of Node', "require('dotenv').load()\ndotenv.load()"],
  ['Go that goes on', 'if err := godotenv.Load(); err != nil {\n\tlog.Println("no .env")\n}'],
  ['Rust that goes on', 'dotenv().ok();'],
  ['what writes it', "open('.env', 'w')\nfopen('.env', \"a\")"],
  ['a comment', '# open(".env")\n// process.loadEnvFile()'],
  ['another file', "open('.env.example')\nopen('my.env')"],
  ['the environment', 'process.env.PORT; fs.readFileSync(process.env.FILE)'],
])('code that goes on without .env must not be: %s', (_, text) => {
  expect(needOf({ a: text }, '.env')).toBeUndefined()
})

test('a .env in a folder below must become a secret beside the others, where its code has it', () => {
  const web = { ...WEB, volumes: [bind('src', '/srv')] }
  const below = { envFiles: ['src/conf/.env'], binds: { [`${ROOT}/src`]: 'folder' as const } }
  expect(composed(adopt({ web }, { sources: SOURCES, tree: below }))).toMatchObject({
    services: { app: { secrets: [{ source: 'src-conf-env-file', target: '/srv/conf/.env' }] } },
    secrets: { 'src-conf-env-file': { file: 'secrets/src-conf-env-file' } },
  })
})

const OWN = "<?php\nConfig::load(dirname(__DIR__) . '/.env');\n"
test.each([
  ['reads by a call of its own', OWN, 1],
  [
    'looks for first',
    "<?php\nif (file_exists(__DIR__ . '/.env')) {\n  $v = parse(file_get_contents(__DIR__ . '/.env'));\n}\n",
    1,
  ],
  ['only names', "<?php\n// load('/.env');\n$n = 'a.env';\n", 0],
  ['writes', `${OWN}file_put_contents(ROOT . '/.env', $text);\n`, 0],
  ['leaves to a library', `${OWN}use Vendor\\Dotenv;\n`, 0],
])('a .env that the code %s must be a secret or not: its defaults are not what it had', (_, text, count) => {
  const sources = { ...SOURCES, 'src/index.php': text }
  expect(adopt({ web: MOUNTED }, { sources, project, tree }).secretCopies.length).toBe(count)
})

test.each([
  ['alone', 'COPY .env ./', 'COPY a.js ./', '/app/.env'],
  ['with others', 'COPY package.json .env a.js /srv/', 'COPY package.json a.js /srv/', '/srv/.env'],
  ['from a stage', 'COPY --from=made /app/.env /srv/.env', 'COPY a.js ./', '/srv/.env'],
])('a .env that a Dockerfile copies by its name must be a secret in its place: %s', (_, line, kept, target) => {
  const Dockerfile = `FROM node:24 AS made\nWORKDIR /app\nCOPY . .\nFROM node:24\nWORKDIR /app\nCOPY a.js ./\n${line}\nCMD ["node", "a.js"]\n`
  const sources = { Dockerfile, 'a.js': 'listen(3000)', 'package.json': '{}' }
  const adoption = adopt({ web: WEB }, { sources, project, tree })
  expect(composed(adoption).services['app']).toMatchObject({ secrets: [{ source: 'env-file', target }] })
  const [file] = adoption.files.filter(({ path }) => path.endsWith('Dockerfile'))
  expect(file?.text).toContain(kept)
  expect(file?.text).not.toMatch(/COPY .*\.env/)
  expect(envOf(adoption)[0]?.found).toContain('its Dockerfile copies .env')
  expect(adoption.secretCopies).toEqual([{ from: '.env', to: 'secrets/env-file' }])
  const pages = { ...sources, 'b.js': 'import.meta.env.VITE_A' }
  const lost = (found: ReturnType<typeof adopt>) => said(found, 'Dockerfile').join()
  const copies = /missing: Dockerfile copies \S*\.env, which git does not keep/
  expect(lost(adopt({ web: WEB }, { sources: pages, project, tree })), 'what builds pages has to have it').toMatch(
    copies,
  )
  expect(lost(adopt({ web: WEB }, { sources, project })), 'nor is it here').toMatch(copies)
})
