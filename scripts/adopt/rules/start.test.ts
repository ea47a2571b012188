import { expect, test } from 'vitest'
import { adopt, bind, ROOT, WEB } from '../../testing/adoption.ts'
import type { SourceTree } from '../source-tree.ts'

// A start that empties the database: nothing was said, and each deploy lost the rows.

const LOST = 'each deploy, rollback and restart would lose data'
const image = (command: string) => `FROM python\nWORKDIR /app\nCOPY . .\nEXPOSE 3000\n${command}\n`
const SCRIPT = image('ENTRYPOINT ["/app/entrypoint.sh"]')
const saidOf = (findings: ReturnType<typeof adopt>['findings']) =>
  findings.flatMap(({ found, verdict, where }) => (found.includes(LOST) ? `${verdict}: ${where}: ${found}` : []))
const runs = (what: string, where: string) => [`missing: ${where}: its start runs ${what}: ${LOST}`]
const CREATE = '@cli.command("create_db")\ndef create():\n    db.drop_all()\n    db.create_all()\n\n\ncli()\n'

test.each<[string, SourceTree['sources'], string[]]>([
  [
    'of Django',
    { Dockerfile: SCRIPT, 'entrypoint.sh': '#!/bin/sh\npython manage.py flush --no-input\nexec "$@"\n' },
    runs('manage.py flush', 'entrypoint.sh:2'),
  ],
  [
    'with a command of its own',
    { Dockerfile: SCRIPT, 'entrypoint.sh': 'python manage.py create_db\n', 'manage.py': CREATE },
    runs('db.drop_all', 'manage.py:3'),
  ],
  ['of Laravel', { Dockerfile: image('CMD php artisan migrate:fresh') }, runs('migrate:fresh', 'compose.yaml')],
  [
    'of Symfony',
    { Dockerfile: image('CMD bin/console doctrine:fixtures:load -n && php-fpm') },
    runs('doctrine:fixtures:load', 'compose.yaml'),
  ],
  ['of Symfony, which adds rows', { Dockerfile: image('CMD bin/console doctrine:fixtures:load --append') }, []],
  ['of Rails', { Dockerfile: image('CMD bin/rails db:reset db:seed') }, runs('db:reset', 'compose.yaml')],
  [
    'of nothing, for a copy that says so to whoever loads it',
    {
      Dockerfile: image('CMD ["node", "backup.js"]'),
      'backup.js': "await write('DROP TABLE IF EXISTS ' + table)\n",
      'models.js': 'const table = 1\n',
    },
    [],
  ],
  [
    'of Sequelize, in what npm start runs',
    {
      Dockerfile: image('CMD ["npm", "start"]'),
      'package.json': '{"scripts": {"start": "node server"}}',
      'server.js': "const db = require('./models')\n",
      'models/index.js': 'async function begin() {\n  await db.sync({ force: true })\n}\nbegin()\n',
    },
    runs('db.sync({ force: true })', 'models/index.js:2'),
  ],
  [
    'of all rows, in what fills the database by Prisma',
    {
      Dockerfile: image('CMD ["npm", "start"]'),
      'package.json':
        '{"scripts": {"start": "prisma db seed && node a.js"}, "prisma": {"seed": "ts-node prisma/seed.ts"}}',
      'prisma/seed.ts': 'async function main() {\n  await prisma.order.deleteMany()\n}\nmain()\n',
    },
    runs('order.deleteMany()', 'prisma/seed.ts:2'),
  ],
  [
    'of all rows, in a script that scripts of npm run',
    {
      Dockerfile: image('CMD ["npm", "run", "start:seeded"]'),
      'package.json':
        '{"scripts": {"start:seeded": "npm run seed && npm start", "seed": "npm run seed:demo", "seed:demo": "node scripts/seed-demo.js"}}',
      'scripts/seed-demo.js': `async function clear() {\n  await User.deleteMany({})\n}\nasync function seed() {\n  await clear()\n}\nseed()\n`,
    },
    runs('User.deleteMany({})', 'scripts/seed-demo.js:2'),
  ],
  ...['if (await User.exists()) return', 'if (await User.exists()) {\n    log()\n    return\n  }'].map(
    (first): [string, SourceTree['sources'], string[]] => [
      `of all rows, after a return: ${first}`,
      {
        Dockerfile: image('CMD node seedUsers.js && node a.js'),
        'seedUsers.js': `async function seed() {\n  ${first}\n  await User.deleteMany({})\n}\nseed()\n`,
      },
      [
        `note: seedUsers.js:${first.split('\n').length + 2}: its start runs User.deleteMany({}), where the condition before it holds: ${LOST}`,
      ],
    ],
  ),
  [
    'in a function that another file calls',
    {
      Dockerfile: image('CMD ["node", "a.js"]'),
      'a.js': "import { begin } from './db.js'\nbegin()\n",
      'db.js': 'export const begin = async () => {\n  await db.sync({ force: true })\n}\n',
    },
    runs('db.sync({ force: true })', 'db.js:2'),
  ],
  [
    'in a file of SQL',
    {
      Dockerfile: image('CMD psql -f schema.sql && node a.js'),
      'schema.sql': 'DROP TABLE IF EXISTS posts;\nCREATE TABLE posts (a INT);',
    },
    runs('DROP TABLE', 'schema.sql:1'),
  ],
  [
    'in a file of SQL that a script loads where its tables are not there',
    {
      Dockerfile: SCRIPT,
      'entrypoint.sh': 'if [ "$table_exists" = "0" ]; then\n    psql -f /app/schema.sql\nfi\n',
      'schema.sql':
        'DROP TABLE IF EXISTS posts;\nDROP TABLE IF EXISTS tags;\nCREATE TABLE posts (a INT);\nCREATE TABLE tags (a INT);',
    },
    [`note: schema.sql:1: its start runs DROP TABLE, where the condition before it holds: ${LOST}`],
  ],
  [
    'of all rows, in what the program does first',
    {
      Dockerfile: image('CMD ["node", "a.js"]'),
      'a.js':
        'const OLD = "DELETE FROM old"\ndb.query("DELETE FROM people")\napp.delete("/", () => {\n  db.query("DELETE FROM posts")\n})\n',
    },
    runs('DELETE FROM people', 'a.js:2'),
  ],
  [
    'of a count in Redis',
    { Dockerfile: image('CMD ["node", "a.js"]'), 'a.js': "client.set('visits', 0)\napp.set('depth', 0)\n" },
    runs("client.set('visits', 0)", 'a.js:1'),
  ],
  [
    'of no count',
    {
      Dockerfile: image('CMD ["python", "a.py"]'),
      'a.py': "r.set('version', VERSION)\nr.set('hits', 0, nx=True)\ndef clear():\n    r.set('hits', 0)\n",
    },
    [],
  ],
  [
    'of some rows',
    {
      Dockerfile: image('CMD ["node", "a.js"]'),
      'a.js': 'db.query("DELETE FROM people WHERE old")\nexports.clear = () => {\n  db.query("TRUNCATE people")\n}\n',
    },
    [],
  ],
  [
    'under a condition',
    { Dockerfile: SCRIPT, 'entrypoint.sh': 'if [ "$FLUSH" ]; then\n  python manage.py flush\nfi\n' },
    [`note: entrypoint.sh:2: its start runs manage.py flush, where the condition before it holds: ${LOST}`],
  ],
  [
    'that a script calls under a condition',
    {
      Dockerfile: SCRIPT,
      'entrypoint.sh': 'if [ "$FLASK_ENV" = "development" ]\nthen\n    python manage.py create_db\nfi\n',
      'manage.py': CREATE,
    },
    [`note: manage.py:3: its start runs db.drop_all, where the condition before it holds: ${LOST}`],
  ],
  [
    'that nobody calls',
    { Dockerfile: SCRIPT, 'entrypoint.sh': 'python manage.py run\nexec "$@"\n', 'manage.py': CREATE },
    [],
  ],
  ['in a script that nobody runs', { Dockerfile: SCRIPT, 'entrypoint.sh': 'true\n', 'reset.sh': 'dropdb shop\n' }, []],
  [
    'in a page',
    {
      Dockerfile: image('CMD ["node", "a.js"]'),
      'a.js': "app.post('/reset', async () => {\n  await db.sync({ force: true })\n})\n",
    },
    [],
  ],
  ...[
    'async clear(): Promise<void> {',
    'public clear(all: boolean): void {',
    'exports.clear = async () => {',
    'const clear = (at = now()) => {',
  ].map((head): [string, SourceTree['sources'], string[]] => [
    `in a function that nobody calls: ${head}`,
    {
      Dockerfile: image('CMD ["node", "a.js"]'),
      'a.js': "const db = require('./db')\n",
      'db.js': `${head}\n  await db.drop_all()\n}\n`,
    },
    [],
  ]),
  [
    'in what a library calls',
    {
      Dockerfile: image('CMD ["node", "a.js"]'),
      'a.js': 'connect(function () {\n  db.drop_all()\n})\n',
    },
    runs('db.drop_all', 'a.js:2'),
  ],
  [
    'of Spring',
    { 'src/main/resources/application.yml': spring('create-drop', 'jdbc:postgresql://db/shop') },
    runs('ddl-auto: create-drop', 'src/main/resources/application.yml:4'),
  ],
  ['of Spring in memory', { 'src/main/resources/application.yml': spring('create', 'jdbc:h2:mem:shop') }, []],
  [
    'of a table that nothing makes any more',
    { Dockerfile: image('CMD psql -f schema.sql && node a.js'), 'schema.sql': 'DROP TABLE IF EXISTS old_posts;' },
    [],
  ],
  [
    'of one that nothing makes, beside others, whose name is a word of the language',
    {
      Dockerfile: image('CMD ["node", "a.js"]'),
      'a.js':
        "// shows messages\ndb.exec('DROP TABLE IF EXISTS messages')\ndb.exec('CREATE TABLE IF NOT EXISTS posts (a)')\n",
    },
    [],
  ],
  [
    'of one that the code names',
    {
      Dockerfile: image('CMD ["node", "a.js"]'),
      'a.js': "db.exec('DROP TABLE IF EXISTS tags')\ndb.exec('CREATE TABLE posts (a)')\nlist('tags')\n",
    },
    runs('DROP TABLE', 'a.js:1'),
  ],
  [
    'in what tries pages for holes',
    { Dockerfile: image('CMD ["node", "a.js"]'), 'a.js': `const TRIED = ["'; DROP TABLE users--"]\nclass User {}\n` },
    [],
  ],
  ['of Spring that adds', { 'src/main/resources/application.yml': spring('update', 'jdbc:postgresql://db/shop') }, []],
])('a start that empties the database must be named: %s', (_, sources, says) => {
  expect(saidOf(adopt({ web: WEB }, { sources }).findings)).toEqual(says)
})

function spring(mode: string, url: string) {
  return `spring:\n  jpa:\n    hibernate:\n      ddl-auto: ${mode}\n  datasource:\n    url: ${url}\n`
}

test('the settings of Spring are those of what is built, and of no database beside it', () => {
  const sources = { 'src/main/resources/application.yml': spring('create', 'jdbc:postgresql://db/shop') }
  const { findings } = adopt({ web: WEB, db: { image: 'postgres:17' } }, { sources })
  expect(saidOf(findings)).toHaveLength(1)
})

test('a function that a mount of the code has once more is no call of it', () => {
  const sources = { Dockerfile: SCRIPT, 'entrypoint.sh': 'python manage.py run\n', 'manage.py': CREATE }
  const web = { ...WEB, volumes: [bind('', '/app')] }
  expect(saidOf(adopt({ web }, { sources, tree: { binds: { [ROOT]: 'folder' } } }).findings)).toEqual([])
})

test('the command of a service beside the application, and an application without a Compose file, likewise', () => {
  const worker = { build: { context: ROOT }, command: ['sh', '-c', 'sleep 5 && php artisan migrate:fresh'] }
  const said = runs('migrate:fresh', 'compose.yaml')
  expect(saidOf(adopt({ web: WEB, worker }).findings)).toEqual(said)
  const alone = { Dockerfile: image('CMD php artisan migrate:fresh') }
  expect(saidOf(adopt(undefined, { sources: alone }).findings)).toEqual(runs('migrate:fresh', 'Dockerfile'))
})

const ABSENT = 'where a file is absent that lies in no volume: each new container would lose data'
test.each([
  ['if [ ! -f storage/installed ]; then\n  %\n  touch storage/installed\nfi', '/app/data', 'missing', ABSENT],
  ['[ -f "/app/storage/installed" ] || %', '/app/data', 'missing', ABSENT],
  ['if test ! -e storage/installed; then\n  %\nfi', '/app/storage', 'note', 'where the condition before it holds'],
  [
    'if [ ! -f storage/installed ] && [ "$ENV" = dev ]; then\n  %\nfi',
    '/app/data',
    'note',
    'where the condition before',
  ],
  ['if [ ! -f a.js ]; then\n  %\nfi', '/app/data', 'note', 'where the condition before it holds'],
  ['if [ ! -f "$MARK" ]; then\n  %\nfi', '/app/data', 'note', 'where the condition before it holds'],
])(
  'a start that empties the database where a file is absent must be MISSING where no volume has that: %s',
  (script, target, verdict, says) => {
    const entrypoint = `#!/bin/sh\n${script.replace('%', 'php artisan migrate:fresh --force')}\nexec "$@"\n`
    const web = { ...WEB, volumes: [{ type: 'volume', source: 'd', target }] }
    const sources = { Dockerfile: SCRIPT, 'entrypoint.sh': entrypoint, 'a.js': '' }
    const { findings } = adopt({ web }, { sources, project: { volumes: { d: null } } })
    const [found] = findings.filter((one) => one.found.includes('its start runs'))
    expect([found?.verdict, found?.found]).toEqual([verdict, expect.stringContaining(says)])
  },
)
const UPGRADES = image('CMD flask db upgrade && gunicorn a:app')
test.each<[string, SourceTree['sources'], string | undefined]>([
  [
    'of Flask',
    { Dockerfile: UPGRADES, '.dockerignore': '*.pyc\nmigrations/versions/*.py\n' },
    'migrations/versions/*.py',
  ],
  [
    'of Alembic, in a script',
    { Dockerfile: SCRIPT, 'entrypoint.sh': 'alembic -c a.ini upgrade head\n', '.dockerignore': 'migrations\n' },
    'migrations',
  ],
  [
    'that the start makes',
    { Dockerfile: image('CMD flask db migrate; flask db upgrade'), '.dockerignore': 'migrations' },
    undefined,
  ],
  ['that are there', { Dockerfile: UPGRADES, '.dockerignore': '*.md' }, undefined],
  ['that nothing runs', { Dockerfile: image('CMD gunicorn a:app'), '.dockerignore': 'migrations' }, undefined],
])('migrations %s, which the build does not see, are missing', (_, sources, line) => {
  const { findings } = adopt({ web: WEB }, { sources: { ...sources, 'migrations/versions/1_a.py': '' } })
  const found = findings.filter((one) => one.found.includes('the image has no migrations'))
  expect(found.map((one) => one.mend)).toEqual(line ? [`take ${line} out of .dockerignore, then run this again`] : [])
})
