import { expect, test } from 'vitest'
import { adopt, bind, composed, IMAGE, ROOT, said, WEB } from '../../testing/adoption.ts'
import type { Service } from '../source-tree.ts'
import { MOVED } from './beside.ts'

// Where data lie, without what a snapshot has of them.
const places = (adoption: ReturnType<typeof adopt>) =>
  said(adoption, 'data').filter((line) => !/no hook, so a snapshot|has SQLite: a snapshot/.test(line))

const DATA = [{ type: 'volume', source: 'kept', target: '/data' }]
const SENT = [{ type: 'volume', source: 'sent', target: '/app/sent' }]
const OPEN = 'sqlite3.connect(str(path))\n'
test.each([
  ['a volume that init adds', "FILE = BASE_DIR / 'data' / 'shop.sqlite'\n", {}, 'data'],
  ['a default', `path = get_env("SHOP_PATH", "/data/shop.db")\n${OPEN}`, { volumes: DATA }, 'kept'],
  ['a variable', OPEN, { volumes: [...SENT, ...DATA], environment: { DB_PATH: '/data/shop.db' } }, 'kept'],
  [
    'a constant',
    'DB = "data/shop.db"\nURL = f"sqlite:///{DB}"\n',
    { volumes: [{ type: 'volume', source: 'kept', target: '/app/data' }] },
    'kept',
  ],
  [
    'a volume that it only reads',
    OPEN,
    { volumes: [{ ...DATA[0], type: 'volume', target: '/data', read_only: true }] },
    '',
  ],
  ['no SQLite', "FILE = BASE_DIR / 'data' / 'shop.json'\nopen(FILE, 'w')\n", {}, ''],
])('SQLite in a volume must be asked for its data by a snapshot: %s', (_, text, more, key) => {
  const adoption = adopt({ web: { ...WEB, ...more } }, { sources: { 'a.py': text } })
  const hook = composed(adoption).services['app']?.['x-snapshot']
  expect(hook).toEqual(key ? { preset: 'sqlite', volume: key } : undefined)
  expect([...said(adoption, 'data'), ...said(adoption, 'web')].some((line) => line.includes('has SQLite'))).toBe(
    key !== '',
  )
})

// What applications keep in files that no name tells of: it lies in no volume, and nothing was said.

const moved = (path: string) => [`note: ${path} beside the code: ${MOVED}`]
test.each([
  ['a call', { 'a.js': "fs.writeFileSync('./posts.json', text)" }, moved('/app/posts.json')],
  ['a name', { 'a.js': "const FILE = 'posts.json'\nawait fs.writeFile(FILE, text)" }, moved('/app/posts.json')],
  [
    'a name of its folder, which git keeps',
    { 'b/a.js': "const all = path.join(__dirname, 'data', 'x.json')\nfs.writeFile(all, '')", 'b/data/x.json': '' },
    moved('/app/b/data/x.json'),
  ],
  ['Python', { 'a.py': "with open('visits.txt', 'w') as file:" }, moved('/app/visits.txt')],
  ['SQLite under another name', { 'a.js': "const at = './kept'\nnew sqlite3.Database(at, f)" }, moved('/app/kept')],
  [
    'a call of Go',
    { 'a.go': 'f, err := os.OpenFile("posts.json", os.O_RDWR|os.O_CREATE, 0644)' },
    moved('/app/posts.json'),
  ],
  ['what Go reads, or logs', { 'a.go': 'os.OpenFile("a.json", os.O_RDONLY, 0)\nos.Create("app_log.txt")' }, []],
  ['a call in two lines', { 'a.js': "fs.writeFileSync(\n  'posts.json',\n  text)" }, moved('/app/posts.json')],
  [
    'settings of Django',
    { 'a.py': "'ENGINE': 'django.db.backends.sqlite3',\n 'NAME': BASE_DIR / 'mydatabase',\n" },
    moved('/app/mydatabase'),
  ],
  [
    'a program that serves it',
    { Dockerfile: IMAGE.replace('"node", "a.js"', '"json-server", "--watch", "db.json"') },
    moved('/app/db.json'),
  ],
  [
    'no folder of a database with a usual name',
    { 'lib/a.py': 'AT = Path(__file__).parent.parent / "store" / "a.db"\nsqlite3.connect(AT)' },
    ['note: /app/store in a volume: the code seems to write there'],
  ],
  [
    'a file further up',
    { 'lib/a.py': 'AT = Path(__file__).parent.parent / "a.json"\nopen(AT, "w")' },
    moved('/app/a.json'),
  ],
  [
    'a database further up',
    { 'src/db/a.js': "const location = path.join(__dirname, '../../data/todo.db')\nnew sqlite3.Database(location)" },
    ['note: /app/data in a volume: the code seems to write there'],
  ],
  [
    'a database beside the folder that another file gives',
    {
      'server/config.ts': 'export default { __dirname: __dirname }',
      'server/src/db.ts': "open({ filename: path.resolve(config.__dirname, '../data/todo.db') })",
    },
    ['note: /app/data in a volume: the code seems to write there'],
  ],
  [
    'a database beside a folder that nobody knows',
    { 'server/src/db.ts': "open({ filename: path.resolve(config.__dirname, '../data/todo.db') })" },
    [],
  ],
  [
    'a file for each user',
    { 'a.py': 'path = f"data/courses_{user_id}.json"\nwith open(path, "w") as f: json.dump(all, f)' },
    ['note: /app/data in a volume: the code seems to write there'],
  ],
  [
    'a file in a folder that a constant names',
    { 'a.py': 'FOLDER = "store"\nwith open(f"{FOLDER}/{name}.json", "w") as f: pass' },
    ['note: /app/store in a volume: the code seems to write there'],
  ],
  [
    'a file in a folder that a function gives',
    {
      'a.js':
        "function folder() {\n  return path.join(process.env.AT || '/app/data', 'config');\n}\nfs.writeFileSync(path.join(folder(), 'a.json'), text)",
    },
    moved('/app/data/config/a.json'),
  ],
  ['a file for a while', { 'a.py': 'open(f"{name}.json", "w")\nopen(f"{at}/a.json", "w")' }, []],
  ['what only reads it', { 'a.js': "fs.readFileSync('posts.json')", 'a.py': "open('a.txt', 'r')" }, []],
  ['a key', { 'a.py': 'sqlite3.connect(config["database"])\nsqlite3.connect(conf.get("database"))' }, []],
  [
    'what nobody would miss',
    { 'a.js': "fs.writeFile('/tmp/a.json')\nfs.writeFile('package.json')\nfs.writeFile('api-documentation.json')" },
    [],
  ],
  ['programs for whoever builds it', { 'scripts/map.js': "fs.writeFileSync('map.json', text)" }, []],
])('what the code writes must be said: %s', (_, sources, says) => {
  expect(places(adopt({ web: WEB }, { sources }))).toEqual(says)
})

test('a database beside the code must be said also where a variable names its file, and not where it names another', () => {
  const sources = { 'a.py': 'DB = os.path.join(basedir, os.getenv("SQLITE_FILE", "other.db"))\n' }
  const web = { ...WEB, environment: { SQLITE_FILE: 'local.db' } }
  expect(said(adopt({ web }, { sources }), 'data')).toEqual(moved('local.db'))
  const away = { ...WEB, environment: { SQLITE_FILE: 'postgres://db/shop' } }
  expect(said(adopt({ web: away }, { sources }), 'data')).toEqual([])
  const bot: Service = { build: { context: `${ROOT}/bot` }, environment: { SQLITE_FILE: 'bot.db' } }
  const beside = adopt({ web: WEB, bot }, { sources: { 'bot/Dockerfile': IMAGE, 'bot/a.py': sources['a.py'] } })
  expect(said(beside, 'bot')).toContain(moved('bot.db')[0])
})

test.each<[string, Record<string, Service>, string | undefined]>([
  ['built from it', { worker: { build: { context: ROOT } } }, 'web, worker'],
  ['that has its image', { worker: { image: 'shop' } }, 'web, worker'],
  ['that mounts it', { worker: { image: 'node:24', volumes: [bind('', '/app')] } }, 'web, worker'],
  [
    'of two that mount it',
    {
      web: { ...WEB, image: 'shop', volumes: [bind('', '/app')] },
      worker: { image: 'node:24', volumes: [bind('', '/app')] },
    },
    'web, worker',
  ],
  ['that only serves files of it', { pages: { build: { context: ROOT, dockerfile: 'pages.Dockerfile' } } }, undefined],
  ['of which two containers run', { web: { ...WEB, image: 'shop', scale: 2 } }, undefined],
  [
    'that is a database',
    { db: { image: 'postgres:17', volumes: [bind('', '/docker-entrypoint-initdb.d')] } },
    undefined,
  ],
  ['of other code', { bot: { build: { context: `${ROOT}/bot` } } }, undefined],
])('a file beside the code of several services needs one volume for all of them: one %s', (_, others, all) => {
  const sources = {
    'a.py': "sqlite3.connect('shop.db')\n",
    'bot/Dockerfile': IMAGE,
    'pages.Dockerfile': 'FROM nginx\nCOPY . .\n',
  }
  const over = { sources, tree: { binds: { [ROOT]: 'folder' as const }, service: 'web' } }
  const { findings } = adopt({ web: { ...WEB, image: 'shop' }, ...others }, over)
  const found = findings.filter((one) => one.found.startsWith('shop.db'))
  const mend = `write it to a folder of its own, such as /data, and mount ${all ? `one volume there in all that have this code (${all})` : 'a volume there'}`
  expect(new Set(found.map((one) => one.mend))).toEqual(new Set([mend]))
  // Without a mount, each had its own before.
  expect(new Set(found.map((one) => one.verdict))).toEqual(new Set([others['web'] ? 'missing' : 'note']))
})

test.each<[string, Record<string, string>, boolean]>([
  ['none', {}, true],
  ['SQLite', { DATABASE_TYPE: 'sqlite' }, true],
  ['a server', { DATABASE_TYPE: 'postgresql' }, false],
  ['a server, in Django', { DB_ENGINE: 'django.db.backends.mysql' }, false],
])(
  'a path of SQLite must get a volume, and no word, unless a variable chooses another database: %s',
  (_, environment, isUsed) => {
    const sources = {
      'a.py': 'AT = os.environ.get("DATABASE_PATH", "shop.db")\nSENT = os.environ.get("UPLOAD_DIR", "sent")\n',
    }
    const adoption = adopt({ web: { ...WEB, environment } }, { sources })
    const paths = composed(adoption).services['app']?.['environment']
    expect(Object.keys(paths as object)).toEqual(expect.arrayContaining(['UPLOAD_DIR']))
    expect('DATABASE_PATH' in (paths as object)).toBe(isUsed)
    expect(said(adoption, 'data').join().includes('shop.db')).toBe(isUsed)
  },
)

test.each([
  ['makes', 'RUN mkdir -p /app/public/sent/new && chown -R node /app/public/sent', undefined],
  ['makes, by its name from there', 'RUN mkdir -p public/sent && chown -R node .', undefined],
  ['lacks', 'RUN mkdir -p /app/public/other', '/data'],
])('a folder of data that its image %s must be one place, with its owner', (_, line, moved) => {
  const Dockerfile = `${IMAGE.replace('EXPOSE', `${line}\nEXPOSE`)}USER node\n`
  const sources = {
    Dockerfile,
    'a.js': 'const sent = process.env.UPLOAD_DIR || "./public/sent"\n',
    'a.env.example': 'UPLOAD_DIR=./public/sent\n',
  }
  const adoption = adopt(undefined, { sources })
  expect(composed(adoption).services['app']).toEqual({
    volumes: [`data:${moved ?? '/app/public/sent'}`],
    ...(moved ? { environment: { UPLOAD_DIR: moved } } : {}),
  })
  expect(said(adoption, 'data').join().includes("is root's")).toBe(moved !== undefined)
})

const SENDS = "const storage = multer.diskStorage({ destination: (req, file, cb) => cb(null, 'uploads/') })\n"
test.each([
  ['app', { build: { context: ROOT } }, { 'a.js': SENDS }, '/app/uploads'],
  ['app', { build: { context: ROOT } }, { 'a.js': 'const at = process.env.DATA_DIR || "./data"\n' }, '/data'],
  ['app', { build: { context: ROOT } }, { 'a.js': 'const at = path.join("data", "shop.db")\n' }, '/app/data'],
  ['app', { build: { context: ROOT } }, { 'a.py': 'at = "sqlite:////srv/kept/a.db"\n' }, '/srv/kept'],
  ['api', { build: { context: `${ROOT}/api` } }, { 'api/a.js': SENDS }, '/app/uploads'],
])(
  'a volume that init adds must be the user’s of %s, by a Dockerfile on top of its own: %j',
  (name, spec, files, folder) => {
    const Dockerfile = `${IMAGE}RUN chown -R node /app\nUSER node\n`
    const sources = { Dockerfile, 'api/Dockerfile': Dockerfile, ...files }
    const adoption = adopt(name === 'app' ? { web: { ...WEB, ...spec } } : { web: WEB, [name]: spec }, { sources })
    expect(composed(adoption).services[name]).toMatchObject({
      build: { dockerfile: `dartagnan.${name}.Dockerfile` },
      volumes: [expect.stringMatching(`:${folder}$`)],
    })
    const [proposed] = adoption.files.filter(({ path }) => path.endsWith(`dartagnan.${name}.Dockerfile`))
    expect(proposed?.text).toContain(`USER node\nUSER root\nRUN install -d -o node ${folder}\nUSER node\n`)
    expect(adoption.findings.map(({ found }) => found).join()).not.toContain("is root's")
  },
)

test.each([
  ['/srv/kept', 'RUN install -d -o node /app/kept\nRUN install -d -o node /srv/kept\n'],
  [undefined, undefined],
])(
  'a Dockerfile that is proposed anyway must give its user the volume of the author as well: beside %s',
  (more, lines) => {
    const own = { type: 'volume', source: 'kept', target: '/app/kept' }
    const volumes = [own, ...(more ? [bind('kept', more)] : [])]
    const adoption = adopt(
      { web: { ...WEB, volumes } },
      { sources: { Dockerfile: `${IMAGE}USER node\n` }, project: { volumes: { kept: null } } },
    )
    const proposed = adoption.files.find(({ path }) => path.endsWith('dartagnan.app.Dockerfile'))
    expect(proposed?.text.match(/(RUN install.*\n)+/)?.[0]).toBe(lines)
  },
)

test('a file of SQLite that variables of several services name needs one volume for all of them', () => {
  const environment = { DATABASE_URL: 'sqlite:////app/shop.db' }
  const volumes = [bind('', '/app')]
  const worker = { build: { context: ROOT }, environment, volumes }
  const tree = { binds: { [ROOT]: 'folder' as const } }
  const { findings } = adopt({ web: { ...WEB, environment, volumes }, worker, other: { image: 'a' } }, { tree })
  const found = findings.filter((one) => one.found.startsWith('DATABASE_URL names'))
  const apart =
    'DATABASE_URL names /app/shop.db, which lies in no volume: each container of web, worker would have its own'
  expect(found.map((one) => [one.verdict, one.found])).toEqual(found.map(() => ['missing', apart]))
  expect(found.map((one) => one.mend)).toEqual(
    found.map(
      () => 'where it has data, mount one volume in web, worker at a folder of its own, and let it name a path there',
    ),
  )
})

test('the name of a service that is called as a file of data must not be taken for one', () => {
  const sources = { 'a.py': 'HOST = os.getenv("DB_HOST")\n' }
  const web = { ...WEB, environment: { DB_HOST: 'shop.db' } }
  expect(said(adopt({ web, 'shop.db': { image: 'postgres' } }, { sources }), 'data')).toEqual([])
})

const FOLDER = ['note: /app/data in a volume: the code seems to write there']
test.each([
  ['its folder', { 'a.js': 'const file = path.join(base(), "data", "shop.sqlite")\n' }, {}, FOLDER],
  ['its folder, in Python', { 'a.py': "FILE = BASE_DIR / 'data' / 'shop.sqlite'\n" }, {}, FOLDER],
  ['a program, though called like a test', { 'test_shop/a.py': "FILE = BASE / 'a.db'\n" }, {}, moved('a.db')],
  ['a test', { 'test_shop.py': "FILE = BASE / 'a.db'\n" }, {}, []],
  [
    'a default that nobody uses',
    { 'a.js': 'const own = path.join(base(), "shop.sqlite")\nconst file = process.env.DB_PATH || own\n' },
    { environment: { DB_PATH: '/data/shop.sqlite' }, volumes: [{ type: 'volume', source: 'kept', target: '/data' }] },
    ['ok: /data in a volume'],
  ],
])('of a database beside the code must be read %s', (_, sources, more, says) => {
  expect(places(adopt({ web: { ...WEB, ...more } }, { sources }))).toEqual(says)
})

const FLASK = 'from flask_sqlalchemy import SQLAlchemy\napp = Flask(__name__)\n'
const URI = "app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:///shop.db'\n"
const INSTANCE = ['note: /app/instance in a volume: the code seems to write there']
test.each<[string, Record<string, string>, Partial<Service>, string[]]>([
  ['version 3', { 'a.py': FLASK + URI }, {}, INSTANCE],
  ['version 3, pinned', { 'a.py': FLASK + URI, 'requirements.txt': 'Flask-SQLAlchemy==3.1.1\n' }, {}, INSTANCE],
  ['version 2', { 'a.py': FLASK + URI, 'requirements.txt': 'Flask-SQLAlchemy==2.5.1\n' }, {}, moved('shop.db')],
  [
    'version 2, by Poetry',
    { 'a.py': FLASK + URI, 'pyproject.toml': 'flask-sqlalchemy = "^2.5"' },
    {},
    moved('shop.db'),
  ],
  ['its folder, which git keeps', { 'a.py': FLASK + URI, 'instance/shop.db': '' }, {}, moved('instance/shop.db')],
  [
    'the folder in which it starts',
    { 'a.py': FLASK.replace('__)', '__, instance_path=os.getcwd())') + URI },
    {},
    moved('shop.db'),
  ],
  ['an engine of its own', { 'a.py': `${FLASK}create_engine('sqlite:///shop.db')\n` }, {}, moved('shop.db')],
  [
    'a variable',
    { 'a.py': `${FLASK}app.config['SQLALCHEMY_DATABASE_URI'] = os.environ['DATABASE_URL']\n` },
    { environment: { DATABASE_URL: 'sqlite:///shop.db' } },
    INSTANCE,
  ],
  [
    'a mount of the author',
    { 'a.py': FLASK + URI },
    { volumes: [{ type: 'volume', source: 'kept', target: '/app/instance' }] },
    [],
  ],
])('SQLite must lie where Flask-SQLAlchemy puts it: %s', (_, sources, more, says) => {
  const adoption = adopt({ web: { ...WEB, ...more } }, { sources })
  expect(places(adoption)).toEqual(says)
  expect(said(adoption, 'web').join()).not.toContain('lies in no volume')
  const volumes = composed(adoption).services['app']?.['volumes']
  expect(volumes).toEqual(says === INSTANCE ? ['data:/app/instance'] : more.volumes && ['kept:/app/instance'])
})

test('a path from the folder in which Compose starts the application must count from there', () => {
  const more = { working_dir: '/kept', volumes: [{ type: 'volume', source: 'kept', target: '/kept' }] }
  const sources = { 'a.py': FLASK.replace('__)', '__, instance_path=os.getcwd())') + URI }
  expect(said(adopt({ web: { ...WEB, ...more } }, { sources }), 'data')).toEqual([])
})

test('a service beside the application must have a volume where Flask-SQLAlchemy puts SQLite', () => {
  const bot: Service = { build: { context: `${ROOT}/bot` } }
  const adoption = adopt({ web: WEB, bot }, { sources: { 'bot/Dockerfile': IMAGE, 'bot/a.py': FLASK + URI } })
  expect(composed(adoption).services['bot']).toMatchObject({ volumes: ['bot-instance:/app/instance'] })
})

const WRITES = "const FILE = path.join(DIR, 'auth.json')\nfs.writeFileSync(FILE, text)\n"
test.each([
  ['a call', { 'src/a.js': `const DIR = path.join(__dirname, '..', 'data')\n${WRITES}` }, undefined],
  ['a text', { 'src/a.js': `const DIR = "/app/data"\n${WRITES}` }, undefined],
  ['another constant', { 'src/a.js': `const ALL = '/app'\nconst DIR = path.join(ALL, "data")\n${WRITES}` }, undefined],
  ['Python', { 'a.py': "DIR = Path(__file__).parent / 'data'\nFILE = DIR / 'shop.db'\n" }, undefined],
  ['a default', { 'a.js': `const DIR = process.env.DATA_DIR || './data'\n${WRITES}` }, '/data'],
  ['a default, in Python', { 'a.py': "DIR = os.getenv('DATA_DIR', 'data')\nFILE = join(DIR, 'shop.db')\n" }, '/data'],
])('a file must lie in the folder that a constant names: %s', (_, sources, moved) => {
  const adoption = adopt({ web: WEB }, { sources })
  expect(composed(adoption).services['app']?.['volumes']).toEqual([`data:${moved ?? '/app/data'}`])
  expect(said(adoption, 'data').join()).not.toContain('beside the code')
})

test('a constant that is given twice must name no folder', () => {
  const sources = { 'a.js': `let DIR = 'data'\nDIR = 'other'\n${WRITES}` }
  expect(said(adopt({ web: WEB }, { sources }), 'data')).toEqual(moved('/app/auth.json'))
})

test('what a program writes to a folder that is there for a while is no data', () => {
  const made = "const dir = await mkdtemp(path.join(tmpdir(), 'shop-'))\n"
  const text = `${made}await writeFile(\n  path.join(dir, 'read-me.txt'),\n  text)\nconst sent = path.join(dir, 'uploads')\n`
  const adoption = adopt({ web: WEB }, { sources: { 'a.js': text + made, 'b.js': WRITES.replace('DIR', 'tmpdir()') } })
  expect(said(adoption, 'data')).toEqual([])
})

test('a web server with a script of its own must have no data of code from which only its pages are built', () => {
  const built = 'FROM node:24 AS build\nWORKDIR /app\nCOPY . .\nRUN npm run build\n'
  const pages = `${built}FROM nginx\nCOPY --from=build /app/dist /usr/share/nginx/html\nEXPOSE 80\nENTRYPOINT ["/run.sh"]\n`
  const sources = {
    'server/a.js': "const SENT = path.join(__dirname, '../uploads')\nfs.writeFileSync('state.json', text)\n",
  }
  const web = { ...WEB, ports: [{ target: 80 }] }
  const adoption = adopt({ web }, { sources: { ...sources, Dockerfile: pages } })
  expect(composed(adoption).services['app']).not.toHaveProperty('volumes')
  expect(said(adoption, 'data')).toEqual([])
  const beside = pages.replace('EXPOSE', 'COPY --from=build /app /app\nEXPOSE')
  expect(said(adopt({ web }, { sources: { ...sources, Dockerfile: beside } }), 'data')).toHaveLength(2)
})

test('a folder for data that the image does not have must become a volume, unless one is mounted', () => {
  const sources = { 'a.js': "fs.appendFile('data/posts.json', line)" }
  const adoption = adopt({ web: WEB }, { sources })
  expect(composed(adoption).services['app']).toMatchObject({ volumes: ['data:/app/data'] })
  expect(said(adoption, 'data')).toEqual(['note: /app/data in a volume: the code seems to write there'])
  const web = { ...WEB, volumes: [bind('data', '/app/data')] }
  const mounted = adopt({ web }, { sources, tree: { binds: { [`${ROOT}/data`]: 'folder' } } })
  expect(composed(mounted).services['app']).toMatchObject({ volumes: ['web-data:/app/data'] })
  expect(said(mounted, 'data')).toEqual([])
})

test('what a service beside the application writes must be said of it', () => {
  const sources = { 'bot/Dockerfile': IMAGE, 'bot/a.js': "fs.writeFileSync('state.json', text)" }
  const bot: Service = { build: { context: `${ROOT}/bot` } }
  expect(said(adopt({ web: WEB, bot }, { sources }), 'bot')).toContain(moved('/app/state.json')[0])
})

test('packages that a script of that name does not install must be said to be missing', () => {
  const web = { ...WEB, volumes: [bind('code', '/app')] }
  const Dockerfile = 'FROM acme/base\nWORKDIR /app\nCMD ["yarn", "dev"]\n'
  const sources = { Dockerfile, 'code/package.json': '{}', 'code/a.js': '' }
  expect(said(adopt({ web }, { sources, tree: { binds: { [`${ROOT}/code`]: 'folder' } } }), 'web')).toContain(
    'missing: code has package.json, and nothing installs its packages in the image',
  )
  const manifest = '{"scripts": {"dev": "npm i && node a.js"}}'
  const own = { ...sources, 'code/package.json': manifest }
  const adoption = adopt({ web }, { sources: own, tree: { binds: { [`${ROOT}/code`]: 'folder' } } })
  expect(said(adoption, 'web').join(), 'what its script runs').not.toContain('nothing installs')
})

test.each([
  ['RUN apt-get update && apt-get install -y --no-install-recommends python3-flask', 0],
  ['RUN apk add --no-cache py3-flask', 0],
  ['RUN apt-get install -y python3 && echo a py3-flask', 1],
  // No distribution has what composer.json names.
  ['RUN apt-get install -y php-fpm php-mysql', 1],
])('packages of a language that a distribution has must count as installed: %s', (run, count) => {
  const web = { ...WEB, volumes: [bind('code', '/app')] }
  const sources = { Dockerfile: `FROM acme/base\n${run}\nWORKDIR /app\nCMD ["python3", "a.py"]\n`, 'code/a.py': '' }
  const tree = { binds: { [`${ROOT}/code`]: 'folder' as const } }
  const found = said(adopt({ web }, { sources: { ...sources, 'code/requirements.txt': 'flask' }, tree }), 'web')
  expect(found.filter((one) => one.includes('nothing installs its packages'))).toHaveLength(count)
})

test('Traefik must lead to the port that the image exposes, where no label names one', () => {
  const traefik: Service = { image: 'traefik', ports: [{ target: 80 }] }
  const web: Service = { build: { context: ROOT }, labels: { 'traefik.frontend.rule': 'Host:shop' } }
  expect(adopt({ traefik, web }).settings).toMatchObject({ APP_PORT: '3000' })
})

test.each([
  ["import api from './routes/api.js'\nexpress().use('/v1', api)", '/v1/status'],
  ["const all = require('./routes')\napp.use(all)\napp.listen(1)", '/inner/status'],
  ["import api from './routes/api'\nexpress().use('/v1', verifyLogin, api)", '*'],
])('the page of a router must lie where the application mounts it (%#)', (text, path) => {
  const sources = {
    'a.ts': text,
    'routes/index.js': "const api = require('./api')\nrouter.use('/inner', api)",
    'routes/api.ts': "router.get('/status', ok)",
  }
  expect(adopt({ web: WEB }, { sources }).settings['HEALTH_PATH']).toBe(path)
})

test('what the Compose file exposes must be the port, before what some code listens on', () => {
  const web: Service = { build: { context: ROOT }, expose: ['8090'] }
  expect(adopt({ web }, { sources: { 'a.js': 'app.listen(80)' } }).settings['APP_PORT']).toBe('8090')
})

test('what needs a database must wait until it answers: its end would be taken for a failure', () => {
  const depends = { db: { condition: 'service_started' } }
  const worker: Service = { build: { context: `${ROOT}/w` }, depends_on: depends }
  const conditionOf = (db: Service) => composed(adopt({ web: WEB, worker, db })).services['worker']?.['depends_on']
  expect(conditionOf({ image: 'postgres:17' })).toEqual({ db: { condition: 'service_healthy' } })
  expect(conditionOf({ image: 'postgres:17', healthcheck: { disable: true } })).toEqual(depends)
  expect(conditionOf({ image: 'acme/queue' })).toEqual(depends)
})

test('a build must take the dockerfile that BuildKit takes, and a folder of one application be named', () => {
  const web: Service = { build: { context: `${ROOT}/web` }, ports: [{ target: 3000 }] }
  const files = ['web/dockerfile']
  const adoption = adopt({ web }, { tree: { sources: { 'web/dockerfile': IMAGE }, files, tracked: files } })
  expect(composed(adoption).services['app']).toMatchObject({ build: { context: 'web', dockerfile: 'dockerfile' } })
  const sources = { 'shared/package.json': '{}', 'api/package.json': '{"scripts": {"start": "node a.js"}}' }
  const tree = { sources, files: Object.keys(sources), tracked: Object.keys(sources) }
  expect(adopt(undefined, { tree }).findings[0]).toMatchObject({
    found: 'no Dockerfile; there is api/package.json',
    mend: 'for its folder: the same command with APP_DIR=api before it',
  })
})

test('what a ready image mounts is its code, and says what is written', () => {
  const sources = { 'code/a.js': "app.get('/health', ok)\nfs.writeFile('posts.json', text)", 'code/b.txt': '' }
  const over = { sources, tree: { binds: { [`${ROOT}/code`]: 'folder' as const } } }
  const web = { image: 'node:24', working_dir: '/srv', ports: [{ target: 3000 }], volumes: [bind('code', '/srv')] }
  const adoption = adopt({ web }, over)
  expect(said(adoption, 'data')).toEqual(moved('/srv/posts.json'))
  expect(adoption.settings['HEALTH_PATH']).toBe('/health')
  expect(adopt({ web: { ...web, image: 'nginx' } }, over).settings['HEALTH_PATH']).toBe('/')
})

test('a default file of SQLite beside a database server must get no volume', () => {
  const sources = { 'a.py': "url = 'sqlite:///data/shop.db'", 'requirements.txt': 'psycopg2\n' }
  const adoption = adopt({ web: WEB, db: { image: 'postgres:17' } }, { sources })
  expect(composed(adoption).services['app']).not.toHaveProperty('volumes')
  expect(said(adoption, 'data').join()).toContain("data/shop.db: its database beside the code, or the server's?")
  // Nothing knows of the server.
  const alone = adopt({ web: WEB, db: { image: 'postgres:17' } }, { sources: { 'a.py': sources['a.py'] } })
  expect(said(alone, 'data').join()).toContain('note: /app/data in a volume')
})

const LARAVEL = { 'bootstrap/app.php': '', artisan: '', 'public/index.php': '', 'app.py': 'connect("./shop.db")' }
test.each([
  [
    'a web server at its end',
    undefined,
    'FROM node AS made\nWORKDIR /app\nCOPY . .\nFROM nginx\nCOPY --from=made /app/public /usr/share/nginx/html\n',
  ],
  [
    'another stage',
    'made',
    'FROM php\nCOPY . .\nFROM node AS made\nWORKDIR /app\nCOPY package.json .\nCMD ["npm", "x"]\n',
  ],
])('an image that does not run the code must be told nothing of its data: %s', (_, target, text) => {
  const build = { context: ROOT, dockerfile: 'other.Dockerfile', ...(target ? { target } : {}) }
  const sources = { ...LARAVEL, 'other.Dockerfile': text, 'package.json': '{}' }
  const other = said(adopt({ web: WEB, other: { build } }, { sources }), 'other').join()
  expect(other).not.toContain('beside the code')
})

test('a variable that names what git keeps must get no advice to mount a volume there', () => {
  const environment = { WEB_DOCUMENT_ROOT: '/app/public', CONFIG_DIR: '/app/config', UPLOAD_DIR: '/app/uploads' }
  const php: Service = { image: 'team/php', environment, volumes: [bind('', '/app')] }
  const sources = { 'public/index.php': '', 'config/a.yml': '' }
  const adoption = adopt({ web: WEB, php }, { sources, tree: { binds: { [ROOT]: 'folder' } } })
  expect(said(adoption, 'php').filter((one) => /_(ROOT|DIR)/.test(one))).toEqual([
    `note: UPLOAD_DIR names /app/uploads, which lies in no volume: ${MOVED}`,
  ])
})

test('a folder that a variable names must have one volume with the web server that has it from the host', () => {
  const php: Service = { image: 'team/php', environment: { UPLOAD_DIR: '/app/uploads' }, volumes: [bind('', '/app')] }
  const pages: Service = { image: 'nginx', volumes: [bind('', '/srv')] }
  const adoption = adopt({ web: WEB, php, pages }, { sources: { 'a.php': '' }, tree: { binds: { [ROOT]: 'folder' } } })
  expect(said(adoption, 'php')).toContain(
    'missing: UPLOAD_DIR names /app/uploads, which lies in no volume: each container of php, pages would have its own',
  )
})

test.each([
  ['a job', { command: 'npx prisma migrate deploy', restart: 'no' }, []],
  ['a worker', { command: 'node work.js', restart: 'always' }, ['note: UPLOAD_DIR names /app/uploads']],
])('a folder that the application fills, and has in a volume, is no loss of %s that is told of it', (_, own, says) => {
  const environment = { UPLOAD_DIR: '/app/uploads', DB: 'file:/app/uploads/x.db' }
  const web = { ...WEB, environment, volumes: [{ type: 'volume', source: 'sent', target: '/app/uploads' }] }
  const other = { build: { context: ROOT }, environment, ...own }
  const adoption = adopt({ web, other }, { project: { volumes: { sent: null } } })
  const found = said(adoption, 'other').flatMap((one) => /\w+: \w+ names [^\s,]+/.exec(one)?.[0] ?? [])
  expect(found).toEqual([...says, 'note: DB names /app/uploads/x.db'])
})

test('of several programs in one context, each must get the folders that its own code names', () => {
  const sources = Object.fromEntries(
    ['web', 'api', 'mock'].flatMap((name) => [
      [`apps/${name}/Dockerfile`, IMAGE.replace('a.js', `apps/${name}/a.js`)],
      [`apps/${name}/package.json`, '{}'],
    ]),
  )
  const own = {
    'apps/api/a.ts': "const UPLOAD_DIR = path.join(process.cwd(), 'uploads')\n",
    'apps/mock/a.ts': "const DATA_DIR = process.env.DATA_DIR || './data'\n",
  }
  const serviceOf = (name: string): Service => ({
    build: { context: ROOT, dockerfile: `apps/${name}/Dockerfile` },
    ports: [{ target: 3000 }],
  })
  const services = { web: serviceOf('web'), api: serviceOf('api') }
  const { services: proposed } = composed(adopt(services, { sources: { ...sources, ...own } }))
  expect(proposed['api']?.['volumes']).toEqual(['api-uploads:/app/uploads'])
  expect(proposed['app']).not.toHaveProperty('volumes')
  expect(JSON.stringify(proposed)).not.toContain('DATA_DIR')
})

test('a folder of uploads counts from where the program starts, not from where COPY puts its file', () => {
  const Dockerfile = 'FROM python:3\nWORKDIR /code\nCOPY . /code/app\nCMD ["python", "-m", "app.a"]\n'
  const text = '# UploadFile\nwith open(f"sent/{name}", "wb") as to:\n    shutil.copyfileobj(sent.file, to)\n'
  const adoption = adopt({ web: { ...WEB, ports: [{ target: 80 }] } }, { sources: { Dockerfile, 'a.py': text } })
  expect(composed(adoption).services['app']?.['volumes']).toEqual(['data:/code/sent'])
})

test('a value of appsettings.json must count unless a variable has another one', () => {
  const sources = {
    Dockerfile: 'FROM dotnet/sdk AS made\nCOPY . .\nFROM dotnet/aspnet\nWORKDIR /app\nCOPY --from=made /out .\n',
    'src/appsettings.json': '{ "ConnectionStrings": {\n  "Other": "",\n  "Default": "Data Source=shop.db"\n} }',
  }
  const volumes = [{ type: 'volume', source: 'kept', target: '/data' }]
  const saysOf = (environment: Record<string, string>) =>
    said(adopt({ web: { ...WEB, volumes, environment } }, { sources }), 'data')
  expect(saysOf({ ConnectionStrings__Other: 'a' })).toEqual(['note: shop.db: in a volume, or beside the code?'])
  expect(saysOf({ ConnectionStrings__Default: 'Data Source=/data/shop.db' })).toEqual([])
})

test.each([
  'path := os.Getenv("DB_PATH")\n\tif path == "" {\n\t\tpath = "./data/a.db"\n\t}',
  'path := getEnv("DB_PATH", "./data/a.db")',
])('a default of Go must be no data where the variable has a value: %s', (text) => {
  const web = {
    ...WEB,
    environment: { DB_PATH: '/data/a.db' },
    volumes: [{ type: 'volume', source: 'd', target: '/data' }],
  }
  const adoption = (environment: Record<string, string>) =>
    adopt({ web: { ...web, environment } }, { sources: { 'main.go': text }, project: { volumes: { d: null } } })
  expect(said(adoption(web.environment), 'data').join()).not.toContain('/app/data')
  expect(said(adoption({}), 'data').join()).toContain('/app/data')
})

test('what the image of the application lacks must tell nothing of its data', () => {
  const Dockerfile = 'FROM nginx\nCOPY client /usr/share/nginx/html\n'
  const sources = {
    Dockerfile,
    'client/index.html': '',
    'server/a.js': "const FILE = path.join(__dirname, '../data/shop.db')\n",
  }
  const adoption = adopt({ web: { ...WEB, ports: [{ target: 80 }] } }, { sources })
  expect(said(adoption, 'data')).toEqual([])
  expect(composed(adoption).services['app']).not.toHaveProperty('volumes')
})

test('what a test in a folder of its own writes must be no data', () => {
  const sources = { 'e2e/teardown.ts': "fs.writeFileSync('results/a.json', JSON.stringify(all))" }
  expect(said(adopt({ web: WEB }, { sources }), 'data').join()).not.toContain('results')
})

test('the results of a test must be no data', () => {
  const sources = { 'a.js': '', 'e2e-tests.mjs': "fs.writeFileSync('results.json', text)\n" }
  expect(said(adopt({ web: WEB }, { sources }), 'data')).toEqual([])
})

test.each([
  ['Python', "URL = os.environ.get('DATABASE_URL', '')\nif not URL:\n    DB_PATH = join(HERE, 'shop.db')\n", false],
  [
    'settings',
    "class All(Settings):\n    database_url: str = ''\n    sqlite_database_path: str = '/kept/shop.db'\n",
    false,
  ],
  ['a host', "host = read('DB_HOST')\nDEFAULT_DB_FILE = './shop.db'\n", false],
  ['a file of its own', "URL = os.environ.get('DATABASE_URL', '')\nMEMORY_DB = './memory.db'\n", true],
  ['a program that reads no such variable', "DB_PATH = 'shop.db'\n", true],
])('SQLite that takes the place of a server which a variable names must not be asked for: %s', (_, text, isAsked) => {
  const environment = { DATABASE_URL: 'postgresql://a:b@db/c', DB_HOST: 'db' }
  const services = {
    web: { ...WEB, environment },
    bot: { build: { context: ROOT }, environment },
    db: { image: 'postgres:17', environment: { POSTGRES_PASSWORD: 'b' } },
  }
  const adoption = adopt(services, { sources: { 'a.py': text, 'requirements.txt': 'psycopg\n' } })
  for (const check of ['data', 'bot'])
    expect(said(adoption, check).some((one) => /its database beside the code|in a volume/.test(one))).toBe(isAsked)
})

test('a database in a folder beside its code must lie where COPY puts that code', () => {
  const text = "const DIR = path.join(__dirname, '..', 'data')\nnew Database(path.join(DIR, 'shop.db'))\n"
  const Dockerfile = 'FROM node\nWORKDIR /app\nCOPY server ./server/\nCMD ["node", "server/src/a.js"]\n'
  const adoption = adopt({ web: WEB }, { sources: { Dockerfile, 'server/src/a.js': text } })
  expect(composed(adoption).services['app']).toMatchObject({ volumes: ['data:/app/server/data'] })
})

test('a folder of uploads below another one must lie there, and nowhere else', () => {
  const text = "STATIC_DIR = Path('/srv/static')\nUPLOADS_DIR = STATIC_DIR / 'uploads'\n"
  const adoption = adopt({ web: WEB }, { sources: { Dockerfile: IMAGE, 'a.py': text } })
  expect(composed(adoption).services['app']).toMatchObject({ volumes: ['data:/srv/static/uploads'] })
})

test.each([
  ['in a folder for a while', "with open(temp_path / 'manifest.json', 'w') as f:\n    pass\n"],
  [
    'by a program that a person runs',
    "def make():\n    with open('first.txt', 'w') as f:\n        pass\nif __name__ == '__main__':\n    make()\n",
  ],
])('a file that Python writes %s must be no data', (_, text) => {
  const Dockerfile = 'FROM python:3\nWORKDIR /app\nCOPY . .\nCMD ["python", "b.py"]\n'
  expect(said(adopt({ web: WEB }, { sources: { Dockerfile, 'a.py': text, 'b.py': '' } }), 'data')).toEqual([])
})

test('a database in a file of code that several services mounted must be one file for all of them', () => {
  const spec: Service = { build: { context: ROOT }, volumes: [bind('.', '/app')] }
  const worker = { ...spec, command: ['celery', 'worker'] }
  const sources = { 'app.py': "DB = BASE_DIR / 'db.sqlite3'\nLOG = BASE_DIR / 'log.db'\n" }
  const adoption = adopt({ web: { ...WEB, ...spec }, worker }, { sources, tree: { binds: { [ROOT]: 'folder' } } })
  for (const name of ['app', 'worker'])
    expect(composed(adoption).services[name]).toMatchObject({
      'x-files': ['/app/db.sqlite3', '/app/log.db'],
      volumes: ['shared-files:/var/lib/dartagnan/files'],
    })
  expect(adoption.findings.filter(({ verdict }) => verdict === 'missing')).toEqual([])
  const alone = adopt({ web: { ...WEB, ...spec } }, { sources, tree: { binds: { [ROOT]: 'folder' } } })
  expect(composed(alone).services['app']?.['x-files']).toBeUndefined()
})
