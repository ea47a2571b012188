import { expect, test } from 'vitest'
import { adopt, bind, composed, IMAGE, ROOT, said, WEB } from '../../testing/adoption.ts'
import type { Service } from '../source-tree.ts'

// The proxy asks the health path several times a second: it must be no page that changes something each time.

const flask = (text: string) => ({ 'a.py': `from flask import Flask\napp = Flask(__name__)\n\n${text}` })
const express = (text: string) => ({ 'a.js': `const app = express()\n${text}` })
const healthOf = (sources: Record<string, string>) => {
  const adoption = adopt({ web: WEB }, { sources })
  return [adoption.settings['HEALTH_PATH'], ...said(adoption, 'health path')]
}

const counts = (why: string) => ['*', `note: ${why}: any answer below 500 to GET /healthz counts`]
const NONE = counts('no page is known to do nothing but answer')
const COUNT = 'def count():\n    while True:\n        return cache.incr("hits")\n\n'
const HOME = '@app.route("/")\ndef home():\n    return str(count())\n\n'
const harms = (pages: string) => counts(`no page is known to do nothing but answer (${pages})`)

test.each([
  [
    'adds a row',
    flask(
      '@app.route("/add", methods=["GET"])\ndef add():\n    """\n    An example\n    """\n    s = Session()\n\n    s.add(x)\n    s.commit()\n',
    ),
    harms('/add (a.py:12)'),
  ],
  [
    'inserts in a function of another file',
    {
      ...express(
        "const { keep } = require('./db')\napp.get('/', async (req, res) => {\n  res.send(await keep(req.ip))\n})",
      ),
      'db.js': 'exports.keep = async (ip) => {\n  return pool.query("INSERT INTO visits VALUES ($1)", [ip])\n}\n',
    },
    harms('/ (db.js:2)'),
  ],
  [
    'inserts in a function of a module that it names',
    {
      ...express(
        "const rows = require('./lib/people')\napp.get('/', (req, res) => {\n  rows.add()\n  res.send('x')\n})",
      ),
      'lib/people.js': 'const add = () => {\n  con.query("INSERT INTO people VALUES (1)")\n}\nexports.add = add\n',
    },
    harms('/ (lib/people.js:2)'),
  ],
  [
    'shows rows by a function of a package of Go',
    {
      'routes/routes.go':
        'import (\n\t"net/http"\n\t"shop/controllers"\n)\nfunc Load() {\n\thttp.HandleFunc("/", controllers.Index)\n}\n',
      'controllers/users.go':
        'import (\n\t"shop/models"\n)\nfunc Index(w http.ResponseWriter, r *http.Request) {\n\tmodels.All()\n}\n',
      'controllers/posts.go': 'func Other() {\n}\n',
      'models/user.go': 'func All() []User {\n\treturn db.Query("SELECT * FROM users")\n}\n',
      'other/all.go': 'func All() {\n}\nfunc Index() {\n}\n',
    },
    harms('/ (models/user.go:2)'),
  ],
  [
    'inserts by a query that has a name',
    express(
      'const add = "INSERT INTO people VALUES (1)"\nconst show = "SELECT 1"\napp.get(\'/\', (req, res) => {\n  query(add)\n})',
    ),
    harms('/ (a.js:2)'),
  ],
  [
    'is that of a router, in a line of its own',
    { ...express("app.use('/api', shop)\n"), 'shop.js': 'shopRouter\n  .route("/")\n  .get(list)\n' },
    counts('no page is known to do nothing but answer (/)'),
  ],
  [
    'has another query than one that inserts',
    express(
      'const add = "INSERT INTO people VALUES (1)"\nconst show = `SELECT 1`\napp.get(\'/\', (req, res) => {\n  query(show)\n})',
    ),
    ['/', 'ok: /'],
  ],
  [
    'writes a file, and asks for a query, beside one that reads',
    express(
      "app.get('/sum', (req, res) => {\n  fs.appendFile('log.txt', req.query.a, done)\n})\n\napp.get('/ping', (req, res) => {\n  fs.readFile('log.txt', done)\n})\n",
    ),
    ['/ping', 'ok: /ping'],
  ],
  [
    'refuses who sends no query, beside one that does not',
    express(
      "app.get('/sum', (req, res) => {\n  if (!req.query.a) return res.status(400).end()\n})\napp.get('/ping', f)\n",
    ),
    ['/ping', 'ok: /ping'],
  ],
  [
    'takes a query, as a list of pages does',
    express("app.get('/', (req, res) => list(req.query.page))\n"),
    ['/', 'ok: /'],
  ],
  [
    'counts by a variable of its module',
    express("let count = 0\napp.get('/', (req, res) => {\n  count++\n  res.send(String(count))\n})\n"),
    harms('/ (a.js:4)'),
  ],
  [
    'makes a text of its module longer',
    express("let page = 'a'\napp.get('/', (req, res) => {\n  page += 'b'\n  res.send(page)\n})\n"),
    harms('/ (a.js:4)'),
  ],
  [
    'makes a text of its own longer',
    express("app.get('/', (req, res) => {\n  let page = 'a'\n  page += 'b'\n  res.send(page)\n})\n"),
    ['/', 'ok: /'],
  ],
  [
    'asks who it is before, by a function of any name',
    express(
      "app.get('/', check, (req, res) => {\n  res.send('a')\n})\nfunction check(req, res, next) {\n  if (!req.headers.a) return res.status(401).send('no')\n  next()\n}\n",
    ),
    harms('/ (a.js:6)'),
  ],
  [
    'asks for a login below its path',
    flask('@app.route("/")\n@login_required\ndef home():\n    return "a"\n'),
    harms('/ (a.py:5)'),
  ],
  [
    'asks by a decorator of its own',
    flask(
      'def known(f):\n    def inner(*args):\n        if not request.headers.get("a"):\n            return {"no": 1}, 401\n        return f(*args)\n    return inner\n\n@app.route("/")\n@known\ndef home():\n    return "a"\n',
    ),
    harms('/ (a.py:7)'),
  ],
  [
    'makes a table anew',
    flask('@app.route("/")\ndef home():\n    cursor.execute("CREATE TABLE a (d text)")\n'),
    harms('/ (a.py:6)'),
  ],
  [
    'renders what no engine is there for',
    express("app.get('/', (req, res) => {\n  res.render('a')\n})\n"),
    harms('/ (a.js:3)'),
  ],
  ['only refuses', express("app.get('/', (req, res) => {\n  res.sendStatus(404).end()\n})\n"), harms('/ (a.js:3)')],
  [
    'refuses some',
    express(
      "app.set('view engine', 'ejs')\napp.get('/', (req, res) => {\n  if (x) return res.status(404).end()\n  res.render('a')\n})\n",
    ),
    ['/', 'ok: /'],
  ],
  ...['abort(401)', 'return jsonify(error="no"), 403', 'return Response("no", status=401)'].map(
    (line) =>
      [`only refuses by ${line}`, flask(`@app.route("/")\ndef home():\n    ${line}\n`), harms('/ (a.py:6)')] as const,
  ),
  ...['raise HTTPException(status_code=401)', 'return JSONResponse({}, status_code=status.HTTP_403_FORBIDDEN)'].map(
    (line) =>
      [
        `only refuses by ${line}`,
        { 'a.py': `app = FastAPI(docs_url=None)\n@app.get("/")\nasync def home():\n    ${line}\n` },
        harms('/ (a.py:4)'),
      ] as const,
  ),
  ...['return HttpResponseForbidden("no")', 'return HttpResponse(status=401)', 'raise Http404'].map(
    (line) =>
      [
        `only refuses by ${line}`,
        {
          'shop/urls.py': "from . import views\nurlpatterns = [path('up', views.home)]\n",
          'shop/views.py': `def home(request):\n    ${line}\n`,
        },
        harms('/up (shop/views.py:2)'),
      ] as const,
  ),
  ...['http.Error(w, "no", 401)', 'w.WriteHeader(http.StatusForbidden)', 'http.NotFound(w, r)'].map(
    (line) =>
      [
        `only refuses by ${line}`,
        {
          'main.go': `http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {\n\tw.Header().Set("A", "b")\n\t${line}\n})\n`,
        },
        harms('/ (main.go:3)'),
      ] as const,
  ),
  [
    'refuses some in Python',
    flask('@app.route("/")\ndef home():\n    if x:\n        abort(404)\n    return page, 200\n'),
    ['/', 'ok: /'],
  ],
  [
    'refuses some by a function that returns nothing',
    flask('def check():\n    if x:\n        raise Down\n\n@app.route("/")\ndef home():\n    check()\n'),
    ['/', 'ok: /'],
  ],
  [
    'refuses where a condition holds, and lets Go answer else',
    {
      'main.go':
        'http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {\n\tif err := db.Ping(); err != nil {\n\t\thttp.Error(w, "no", 503)\n\t}\n})\n',
    },
    ['/', 'ok: /'],
  ],
  [
    'refuses some in Go',
    {
      'main.go':
        'http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {\n\tif x {\n\t\thttp.Error(w, "no", 404)\n\t}\n\tfmt.Fprintf(w, "x")\n})\n',
    },
    ['/', 'ok: /'],
  ],
  ['counts in a function above it', flask(COUNT + HOME), harms('/ (a.py:6)')],
  [
    'opens a connection each time, beside one that closes it',
    express(
      "app.get('/users', (req, res) => {\n  const db = mysql.createConnection(x)\n})\napp.get('/ping', (req, res) => {\n  const db = mysql.createConnection(x)\n  db.end()\n})\n",
    ),
    ['/ping', 'ok: /ping'],
  ],
  [
    'counts, beside one that reads the count',
    flask(`${COUNT}${HOME}@app.route("/status")\ndef hits():\n    return r.get("hits")\n`),
    ['/status', 'ok: /status'],
  ],
  [
    'counts, beside one that is no page of this server',
    { ...flask(COUNT + HOME), 'front/b.js': "api.get('/items')\n" },
    harms('/ (a.py:6), /items'),
  ],
  [
    'keeps a number in Redis',
    express(
      "app.get('/', (req, res) => {\n  client.get('n', (e, n) => {\n    client.set('n', parseInt(n) + 1)\n  })\n})",
    ),
    harms('/ (a.js:4)'),
  ],
  [
    'creates a table of that name',
    flask(
      '@app.route("/")\ndef home():\n    cursor.execute("CREATE TABLE IF NOT EXISTS increment (d text)")\n    db.commit()\n    return "x"\n',
    ),
    ['/', 'ok: /'],
  ],
  [
    'writes only what is sent to it',
    flask(
      '@app.route("/", methods=["GET", "POST"])\ndef home():\n    if request.method == "POST":\n        db.session.add(x)\n        db.session.commit()\n    return page\n',
    ),
    ['/', 'ok: /'],
  ],
  [
    'returns to all but who sends',
    flask(
      '@app.route("/", methods=["GET", "POST"])\ndef home():\n    if request.method != "POST":\n        return page\n    db.session.commit()\n',
    ),
    ['/', 'ok: /'],
  ],
  [
    'writes where there are posts, which is no method',
    express("app.get('/', (req, res) => {\n  if (posts.length) {\n    Post.create(posts)\n  }\n})"),
    harms('/ (a.js:4)'),
  ],
  [
    'has another one below it that writes',
    express(
      "app.get('/', (req, res) => {\n  res.send('x')\n})\napp.post('/add', (req, res) => {\n  Item.create(req.body)\n})\n",
    ),
    ['/', 'ok: /'],
  ],
  [
    'asks who is there, beside an open one, each argument in a line of its own',
    express("app.get(\n  '/',\n  authRequired,\n  list\n)\napp.get(\n  '/status',\n  check\n)\n"),
    ['/status', 'ok: /status'],
  ],
  [
    'asks who is there, beside an open one of the same controller',
    express("app.get('/', authRequired, auth.list)\napp.get('/status', auth.check)\n"),
    ['/status', 'ok: /status'],
  ],
  [
    'adds a row, in a call of several lines',
    express("app.get(\n  '/',\n  log,\n  (req, res) => {\n    Item.create(req.ip)\n  },\n)\n"),
    harms('/ (a.js:6)'),
  ],
  [
    'shows rows of a table, which a test with fresh volumes may not have',
    flask('@app.route("/")\ndef home():\n    cur.execute("SELECT * FROM posts")\n    return page\n'),
    harms('/ (a.py:6)'),
  ],
  [
    'shows rows in a function of another file, by SQL of several lines',
    {
      ...express("const { list } = require('./db')\napp.get('/', async (req, res) => {\n  res.send(await list())\n})"),
      'db.js': 'exports.list = async () => {\n  return pool.query(`\n    SELECT id\n    FROM posts`)\n}\n',
    },
    harms('/ (db.js:3)'),
  ],
  ...[
    'Post.query.order_by(Post.id)',
    'Post.query',
    'db.session.query(Post)',
    'db.session.execute(select(Post))',
    'Post.objects.all()',
    'db.posts.find()',
    'posts.find_one({"a": 1})',
  ].map(
    (call) =>
      [
        `shows rows by ${call}`,
        flask(`@app.route("/")\ndef home():\n    return str(${call})\n`),
        harms('/ (a.py:6)'),
      ] as const,
  ),
  ...['prisma.post.findMany()', 'Post.findAll({ raw: true })', 'Post.find({})', 'Post::all()'].map(
    (call) =>
      [
        `shows rows by ${call}`,
        express(`app.get('/', async (req, res) => {\n  res.send(await ${call})\n})`),
        harms('/ (a.js:3)'),
      ] as const,
  ),
  [
    'asks its database only whether it answers, and finds in a list',
    express(
      "app.get('/', async (req, res) => {\n  await pool.query('SELECT 1')\n  const a = await Promise.all([list.find((x) => x.id)])\n  res.send(select(a) + '<select name=a>')\n})",
    ),
    ['/', 'ok: /'],
  ],
  [
    'is called after health, and shows rows',
    flask('@app.route("/health")\ndef home():\n    return str(Post.query.count())\n'),
    ['/health', 'ok: /health'],
  ],
  ['is only sent to', flask('@app.route("/add", methods=["POST"])\ndef add():\n    return "x"\n'), NONE],
] as const)('of a page that %s', (_, sources, expected) => {
  expect(healthOf(sources)).toEqual(expected)
})

const REQUIRE = "const session = require('express-session')\n"
const SESSION = 'app.use(session({\n  store: new RedisStore({ client }),\n  saveUninitialized: true,\n}))\n'
const PING = "app.get('/ping', f)\n"
const START = '<?php\nsession_start();\n'
const REDIS = 'php_value[session.save_handler] = redis\n'
test.each([
  ['Express', express(REQUIRE + SESSION + PING), 'a.js:3'],
  ['any page of it', express(REQUIRE + SESSION), 'a.js:3'],
  ['its default', express(REQUIRE + SESSION.replace(/ {2}save.*\n/, '') + PING), 'a.js:3'],
  ['a page before it', express(REQUIRE + PING + SESSION), undefined],
  ['one that somebody has written to', express(REQUIRE + SESSION.replace('true', 'false') + PING), undefined],
  ['one in memory', express(REQUIRE + SESSION.replace(/ {2}store.*\n/, '') + PING), undefined],
  ['PHP', { 'public/index.php': START, 'fpm.conf': REDIS }, 'public/index.php:2'],
  ['PHP with files', { 'public/index.php': START, 'fpm.conf': REDIS.replace('redis', 'files') }, undefined],
  ['another page of PHP', { 'public/login.php': START, 'fpm.conf': REDIS }, undefined],
])('a session that is kept for each check must be said: %s', (_, sources, where) => {
  const { findings } = adopt({ web: WEB }, { sources })
  const found = findings.filter((one) => one.check === 'health path' && one.found.includes('session'))
  expect(found.map((one) => `${one.verdict} ${one.where}`)).toEqual(where ? [`note ${where}`] : [])
})

test.each([
  ['PHP', { 'public/index.php': START }, 'public/index.php:2'],
  ['PHP, in Redis', { 'public/index.php': START, 'fpm.conf': REDIS }, undefined],
  ['PHP, in a folder of its own', { 'public/index.php': `<?php\nsession_save_path("/data");\n${START}` }, undefined],
  ['PHP, below a mount of its own', { 'public/index.php': START }, undefined, '/var/lib/php/sessions'],
  ['Express', express("const store = require('session-file-store')(session)\n"), 'a.js:2'],
  ['Flask', flask('app.config["SESSION_TYPE"] = "filesystem"\n'), 'a.py:4'],
  ['none', express(PING), undefined],
])('sessions in files of the container must be said to end with each deploy: %s', (_, sources, where, target?) => {
  const volumes = target ? [{ type: 'volume', source: 'kept', target }] : []
  const { findings } = adopt({ web: { ...WEB, volumes } }, { sources, project: { volumes: { kept: {} } } })
  const found = findings.filter((one) => one.check === 'data' && one.found.includes('logs out'))
  expect(found.map((one) => `${one.verdict} ${one.where}`)).toEqual(where ? [`note ${where}`] : [])
})
test('a volume for sessions of PHP behind a web server must hold them, and nothing is said', () => {
  const php = {
    build: { context: ROOT, target: 'x' },
    volumes: [{ type: 'volume', source: 'kept', target: '/php/sessions' }],
  }
  const adoption = adopt({ web: WEB, php }, { sources: { 'index.php': START }, project: { volumes: { kept: {} } } })
  expect(adoption.findings.filter((one) => one.found.includes('logs out'))).toEqual([])
})

const TRACK = 'def track():\n    db.session.add(Visit())\n    db.session.commit()\n\n'
const UP = '@app.route("/up")\ndef up():\n    return "x"\n'
const USE = 'app.use(async (req, res, next) => {\n  await db.query("INSERT INTO hits VALUES (1)")\n  next()\n})\n'
const KEEP = 'const keep = async (req, res, next) => {\n  await Visit.create({ ip: req.ip })\n  next()\n}\n'
const COUNTS = 'http.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {\n\trdb.Incr(ctx, "hits")\n})\n'
const MIDDLEWARE = `class Visits:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        Visit.objects.create(path=request.path)
        return self.get_response(request)
`
const php = (line: string) => ({
  ...{
    'web/index.php': "<?php\nrequire __DIR__ . '/../inc/visits.php';\n",
    '.htaccess': 'RewriteRule ^ index.php [L]',
  },
  'inc/visits.php': `<?php\n${line}\nfunction visit($db) {\n  $db->exec("INSERT INTO visits VALUES (1)");\n}\n`,
})
test.each([
  ['Flask', flask(`@app.before_request\n${TRACK}${UP}`), 'a.py:6'],
  ['Flask, by a call', flask(`${TRACK}${UP}app.before_request(track)\n`), 'a.py:5'],
  ['a blueprint of Flask, for all', flask(`bp = Blueprint("b", "b")\n@bp.before_app_request\n${TRACK}${UP}`), 'a.py:7'],
  [
    'a blueprint of Flask, for its own',
    flask(`bp = Blueprint("b", "b")\n@bp.before_request\n${TRACK}${UP}`),
    undefined,
  ],
  [
    'Flask, which leaves the check out',
    flask(`@app.before_request\n${TRACK.replace(':\n', ':\n    if request.path == "/up":\n        return\n')}${UP}`),
    undefined,
  ],
  ['Flask, which only reads', flask(`@app.before_request\ndef who():\n    g.user = User.get(1)\n\n${UP}`), undefined],
  ['FastAPI', { 'a.py': `app = FastAPI()\n@app.middleware("http")\nasync ${TRACK}` }, 'a.py:4'],
  ['Django', { 'shop/visits.py': MIDDLEWARE }, 'shop/visits.py:6'],
  ['Express', express(USE + PING), 'a.js:3'],
  ['a page of Express before it', express(PING + USE), undefined],
  ['Express, for some pages', express(USE.replace('(async', '("/shop", async') + PING), undefined],
  ['Express, by a name', express(`${KEEP}app.use(keep)\n${PING}`), 'a.js:3'],
  ['Express, by a name that nothing uses', express(KEEP + PING), undefined],
  ['what gets each other path', express(USE.replace('use(', 'get("*", ').replace(/next/g, 'last')), 'a.js:3'],
  [
    'a star that is no path',
    express(USE.replace('use(', 'use(cors({ origin: "*" }), ').replace(/next/g, 'last')),
    undefined,
  ],
  ['Go', { 'main.go': COUNTS }, 'main.go:2'],
  ['PHP, in what it includes', php('visit($db);'), 'inc/visits.php:2'],
  ['PHP, for some requests', php('if ($_POST) {\n  visit($db);\n}'), undefined],
  ['PHP, in a comment', php('/*\nvisit($db);\n*/'), undefined],
  ['PHP that gets its own page alone', { ...php('visit($db);'), '.htaccess': 'Options -Indexes' }, undefined],
  ['a router of Go', { 'main.go': `"github.com/gorilla/mux"\n${COUNTS}` }, undefined],
])('what each request writes is said, and the checks make none: %s', (_, sources, where) => {
  const { findings, settings } = adopt({ web: WEB }, { sources })
  const found = findings.filter((one) => one.check === 'health path' && one.found.includes('each request'))
  expect(found.map((one) => `${one.verdict} ${one.where}`)).toEqual(where ? [`note ${where}`] : [])
  expect(settings['HEALTH_PATH'] === 'tcp').toBe(where !== undefined)
})

test('where what gets each other path writes, a page that does not must be asked', () => {
  const time = 'http.HandleFunc("GET /time", func(w http.ResponseWriter, r *http.Request) {\n\tw.Write(now)\n})\n'
  const pathOf = (text: string) => adopt({ web: WEB }, { sources: { 'main.go': text } }).settings['HEALTH_PATH']
  expect(pathOf(COUNTS + time)).toBe('/time')
  const rows = (path: string) =>
    `http.HandleFunc("${path}", func(w http.ResponseWriter, r *http.Request) {\n\tdb.Query("SELECT * FROM users")\n})\n`
  expect(pathOf(rows('/') + rows('/all') + time)).toBe('/time')
  expect(pathOf(rows('/') + rows('/all'))).toBe('*')
})

const OK = 'func(c any) {})\n'
const go = (main: string, routes = '') => ({ 'main.go': `func main() {\n${main}\n}\n`, 'routes/r.go': routes })
test.each([
  ['a group', go(`app := fiber.New()\napi := app.Group("/api/v1")\napi.Get("/health", ${OK}`), '/api/v1/health'],
  ['a group of a group', go(`r := gin.New()\nr = r.Group("/a").Group("/b")\nr.GET("/ping", ${OK}`), '/a/b/ping'],
  [
    'a router below one',
    go(`r := mux.NewRouter()\ns := r.PathPrefix("/a").Subrouter()\nr.HandleFunc("/up", ${OK}`),
    '/up',
  ],
  [
    'a block that has ended',
    go(
      `r := chi.NewRouter()\nr.Route("/api", func(r chi.Router) {\nr.Use(AuthOnly)\nr.Get("/ping", ${OK}})\nr.Get("/up", ${OK}`,
    ),
    '/up',
  ],
  ['a block', go(`r := chi.NewRouter()\nr.Route("/api", func(r chi.Router) {\nr.Get("/ping", ${OK}})\n`), '/api/ping'],
  [
    'a function that gets a group',
    go(
      'r := gin.New()\nroutes.Load(db.Open(), r.Group("/api"))\n',
      `func Load(db *DB, api *gin.RouterGroup) {\napi.GET("/ping", ${OK}}\n`,
    ),
    '/api/ping',
  ],
  [
    'a function that gets all',
    go('routes.Load(app)\n', `func Load(app *fiber.App) {\napp.Get("/ping", ${OK}}\n`),
    '/ping',
  ],
  ['a group that asks who is there', go(`r := gin.New()\napi := r.Group("/api", JWT())\napi.GET("/ping", ${OK}`), '*'],
  ['a path that has a name', go(`r := gin.New()\napi := r.Group(PREFIX)\napi.GET("/ping", ${OK}`), '*'],
  [
    'a function whose router another one mounts',
    go(
      'r := chi.NewRouter()\nr.Mount("/v1", Albums())\n',
      `func Albums() any {\nr := chi.NewRouter()\nr.Get("/", ${OK}}\n`,
    ),
    '*',
  ],
  [
    'a function that nobody can follow',
    go(
      'r := chi.NewRouter()\nr.Route("/v1", Albums())\n',
      `func Albums() any {\nreturn func(r chi.Router) {\nr.Get("/", ${OK}}\n}\n`,
    ),
    '*',
  ],
])('a route of Go lies below the path of its group: %s', (_, sources, path) => {
  expect(adopt({ web: WEB }, { sources }).settings['HEALTH_PATH']).toBe(path)
})

const URLS = `"""shop URL Configuration
Including another URLconf
    2. path('blog/', include('blog.urls'))
    3. path('ping/', views.ping)
"""
TEXT = (
    """
    path('up/', up)
    """
)
`
test.each([
  [URLS, ['/up/', 'ok: /up/']],
  ["path('pages/', include('pages.urls'))\npath('posts/', include('posts.urls'))", NONE],
  ["path('pages/', include('pages.urls'))\npath('status/', views.all)", ['/status/', 'ok: /status/']],
])('what Django includes, or tells in a long text, is no page (%#)', (urls, expected) => {
  expect(healthOf({ 'shop/urls.py': urls })).toEqual(expected)
})

const ROUTED: Record<string, Service> = {
  get: { ...WEB, ports: [], command: ['sh', '-c', 'npm i && node get.js'] },
  set: { ...WEB, ports: [], command: ['node', 'set.js'] },
  nginx: {
    image: 'nginx',
    ports: [{ target: 80, published: '80' }],
    volumes: [bind('n.conf', '/etc/nginx/conf.d/default.conf')],
  },
}
test.each([
  ["app.get('/store/:key', f)", '*', 'note: the proxy checks its health at /healthz: any answer below 500 counts'],
  ["app.get('/store/:key', f)\napp.get('/health', g)", '/health', 'note: the proxy checks its health at /health'],
  ["app.get('/store', f)", '*', 'note: the proxy checks its health at /healthz: any answer below 500 counts'],
  [
    "app.get('/store/all', (req, res) => {\n  cache.set('all', 1)\n})",
    '*',
    'note: the proxy checks its health at /healthz: any answer below 500 counts',
  ],
  ["app.get('/storefront', f)", '*', 'note: the proxy checks its health at /healthz: any answer below 500 counts'],
])('a second service must be asked for a page of its own program (%#)', (routes, health, says) => {
  const sources = {
    'n.conf':
      'server { location /store/ { proxy_pass http://set:3000; } location / { proxy_pass http://get:3000; } }\n',
    'get.js': "const app = express()\napp.get('/', f)\n",
    'set.js': `const app = express()\n${routes}\n`,
  }
  const adoption = adopt(ROUTED, { sources })
  expect(composed(adoption).services['set']?.['x-route']).toEqual({ path: '/store', port: 3000, health })
  expect(said(adoption, 'set')).toContain(says)
  expect(adoption.settings['HEALTH_PATH']).toBe('/')
})

test('a page of a program that nobody starts must be none', () => {
  const other = "const app = express()\napp.get('/', f)\napp.listen(1)\n"
  const healthFor = (main: string) => {
    const sources = { 'package.json': '{"scripts": {"start": "nodemon b.js"}}', 'b.js': main, 'other.js': other }
    return adopt({ web: { ...WEB, command: ['npm', 'start'] } }, { sources }).settings['HEALTH_PATH']
  }
  expect(healthFor("const app = express()\napp.use('/api', r)\napp.listen(2)\n")).toBe('*')
  expect(healthFor("require('./other')\n")).toBe('/')
})

test('a program that the image runs, and a worker too, must stay the application', () => {
  const sources = { ...express("app.get('/ping', f)\n"), 'b.js': '' }
  const worker: Service = { build: { context: ROOT }, command: ['node', 'a.js', 'work'] }
  const pathOf = (web: Service, context = ROOT) =>
    adopt({ web, worker: { ...worker, build: { context } } }, { sources }).settings['HEALTH_PATH']
  expect(pathOf(WEB)).toBe('/ping')
  // What a script of npm runs, nobody reads; and another folder has its own file of that name.
  expect(pathOf({ ...WEB, command: 'npm start' })).toBe('/ping')
  expect(pathOf({ ...WEB, command: 'node b.js' }, `${ROOT}/work`)).toBe('/ping')
  expect(pathOf({ ...WEB, command: 'node b.js' })).toBe('*')
})

const LOCK = 'auth_basic "Shop"; auth_basic_user_file /etc/nginx/users;'
const PASS = 'proxy_pass http://web:3000;'
const NAMED = `server { listen 80; server_name a.example; location / { ${PASS} } }`
const [, LOCKED] = counts('n.conf wants a password for each page')
const [, NO_PAGE] = NONE
test.each([
  [
    `${NAMED} server { listen 80 default_server; return 444; }`,
    'missing: n.conf refuses who asks by none of its names, as a check does',
  ],
  [
    `${NAMED} server { listen 80 default_server; return 404; }`,
    counts('n.conf refuses who asks by none of its names, as a check does')[1],
  ],
  [`${NAMED} server { listen 80 default_server; add_header X-A b; return 200; }`, NO_PAGE],
  [`server { ${LOCK} location / { ${PASS} } }`, LOCKED],
  [`server { location /a { add_header A b; } location / { ${LOCK} ${PASS} } }`, LOCKED],
  [`server { location / { ${PASS} } location /admin { ${LOCK} ${PASS} } }`, NO_PAGE],
  [`server { ${LOCK} location / { ${PASS} } location /up { auth_basic off; ${PASS} } }`, 'ok: /up'],
  [`server { add_header A b; location / { ${PASS} } location = /ok { access_log off; return 200; } }`, 'ok: /ok'],
])('what nginx lets nobody ask must be no health path, and a page of its own be it (%#)', (conf, says) => {
  const nginx: Service = {
    image: 'nginx',
    ports: [{ target: 80, published: '80' }],
    volumes: [bind('n.conf', '/etc/nginx/conf.d/default.conf')],
  }
  const web: Service = { build: { context: ROOT } }
  const sources = { 'n.conf': `${conf}\n`, 'public/index.php': '' }
  expect(said(adopt({ nginx, web }, { sources }), 'health path')).toEqual([says])
})

test.each([
  'FROM nginx\nADD nginx.conf /etc/nginx/nginx.conf\n',
  'FROM nginx\nCOPY . /etc/nginx/\nCMD ["/start.sh"]\n',
  'FROM debian\nRUN apt-get install nginx\nCOPY nginx.conf /etc/nginx/conf.d/\nCMD supervisord -n\n',
])('a password for each page must be seen in an image that is built, too: %j', (Dockerfile) => {
  const conf = `events {}\nhttp { server { listen 80; location / { ${LOCK} root /x; } } }\n`
  const sources = { Dockerfile, 'nginx.conf': conf, 'index.html': '' }
  const says = [counts('nginx.conf wants a password for each page')[1]]
  for (const services of [undefined, { web: { ...WEB, ports: [{ target: 80 }] } }])
    expect(said(adopt(services, { sources }), 'health path')).toEqual(says)
  const copied = { ...sources, Dockerfile: IMAGE, 'public/index.html': '' }
  expect(said(adopt(undefined, { sources: copied }), 'health path').join()).not.toContain('password')
})

const COUNTING = `from flask import Flask\napp = Flask(__name__)\n\n${COUNT}${HOME}`
const behindNginx = (conf: string, api: Record<string, string>, context: string) => {
  const volumes = [bind('n.conf', '/etc/nginx/conf.d/default.conf'), bind('public', '/srv')]
  const services = {
    nginx: { image: 'nginx', ports: [{ target: 80, published: '80' }], volumes },
    api: { build: context ? { context: ROOT, dockerfile: 'api/Dockerfile' } : { context: `${ROOT}/api` } },
  }
  const sources = { 'n.conf': `server { add_header A b; ${conf} }\n`, ...api }
  const adoption = adopt(services, { sources })
  return [adoption.settings['HEALTH_PATH'], ...said(adoption, 'health path')]
}
const ALL = 'location / { proxy_pass http://api:5000; }'

test.each([
  ['counts', ALL, { 'api/a.py': COUNTING }, harms('/ (api/a.py:6)')],
  ['writes', ALL, { 'api/a.js': "app.get('/', (q, s) => {\n  Hit.create(q)\n})" }, harms('/ (api/a.js:2)')],
  ['has a page for it', ALL, { 'api/a.js': "app.get('/health', f)" }, ['/health', 'ok: /health']],
  [
    'gets what no file answers',
    'location / { try_files $uri @api; } location @api { proxy_pass http://api:5000; }',
    { 'api/a.js': "app.get('/health', f)" },
    ['/health', 'ok: /health'],
  ],
  [
    'is one of several programs',
    ALL,
    {
      ...{ 'api/Dockerfile': IMAGE, 'api/package.json': '{}', 'api/a.js': "app.get('/ping', f)" },
      ...{ 'job/package.json': '{}', 'job/b.js': "app.get('/health', f)" },
    },
    ['/ping', 'ok: /ping'],
    '.',
  ],
  ['has the program of a browser', ALL, { 'api/Dockerfile': 'FROM nginx\n', 'api/a.js': "http.get('/health')" }, NONE],
  [
    'has one path alone',
    'location /api { proxy_pass http://api:5000; }',
    { 'api/a.js': "app.get('/health', f)" },
    NONE,
  ],
  [
    'has one path alone, beside a page',
    'location /api { proxy_pass http://api:5000; }',
    { 'api/a.js': "app.get('/health', f)", 'public/index.html': '' },
    ['/', 'ok: /'],
  ],
  [
    'gets all by a pattern, which comes before the files',
    'location / { root /srv; } location ~ /(.*)$ { proxy_pass http://api:5000; }',
    { 'api/a.js': "app.get('/', (q, s) => {\n  mysql.createConnection(x)\n})", 'public/index.html': '' },
    harms('/ (api/a.js:2)'),
  ],
  [
    'has some names alone',
    'location ~ ^/v1 { proxy_pass http://api:5000; }',
    { 'api/a.js': "app.get('/health', f)" },
    NONE,
  ],
])(
  'where nginx stays, the pages are those of the service behind it: one that %s',
  (_, conf, api, expected, context = '') => {
    expect(behindNginx(conf, api, context)).toEqual(expected)
  },
)

test('beside nginx alone is the program of a browser; one that passes on may have no page of its own', () => {
  const sources = { Dockerfile: 'FROM nginx\nCOPY n.conf /etc/nginx/conf.d/\n', 'a.js': "http.get('/health')" }
  const pathOf = (conf: string) => adopt(undefined, { sources: { ...sources, 'n.conf': conf } }).settings['HEALTH_PATH']
  expect(pathOf('server { root /srv; } # proxy_pass')).toBe('/')
  expect(pathOf('server { root /srv; location /api { proxy_pass http://10.0.0.1; } }')).toBe('*')
})

test('a program of a framework serves a page of its folder only where it says so', () => {
  const pathOf = (text: string) =>
    adopt(undefined, { sources: { Dockerfile: IMAGE, 'src/index.html': '', 'src/a.js': text } }).settings['HEALTH_PATH']
  expect(pathOf('const app = express()\napp.use(routes)')).toBe('*')
  expect(pathOf("const app = express()\napp.use(express.static('src'))")).toBe('/')
  expect(pathOf('http.createServer(f)')).toBe('/')
})

const PAGES = 'from . import views\nurlpatterns = [\n    path("", views.home),\n    path("health/", views.health),\n]\n'
const include = (text: string) => `urlpatterns = [\n    ${text},\n]\n`
test.each([
  ['an application', { 'site/urls.py': include('path("api/", include("shop.urls"))') }, 'ok: /api/health/'],
  [
    'one below a folder, by a pattern',
    { 'a/urls.py': include("re_path(r'^api/', include(('shop.urls', 'x')))") },
    'ok: /api/health/',
  ],
  [
    'an application of an application',
    {
      'site/urls.py': include('path("v1/", include("api.urls"))'),
      'api/urls.py': include('path("b/", include("shop.urls"))'),
    },
    'ok: /v1/b/health/',
  ],
  ['one below a value', { 'site/urls.py': include('path("<str:a>/", include("shop.urls"))') }, harms('/health/')[1]],
  ['none', {}, 'ok: /health/'],
])('a page of Django lies below the paths that include it: %s', (_, others, expected) => {
  expect(healthOf({ ...others, 'shop/urls.py': PAGES })[1]).toBe(expected)
})

test.each([
  ["'http://localhost:' + (process.env.PORT || 3000) + '/api/well'", '/api/well'],
  ["'http://localhost:' + process.env.PORT + '/well'", '/well'],
  [`\`http://localhost:\${process.env.PORT || 3000}/up\``, '/up'],
])('the page of a check that puts the port into its URL must be known: %s', (url, path) => {
  const Dockerfile = `FROM node\nHEALTHCHECK CMD node -e "require('http').get(${url}, done)"\nCMD ["node", "a.js"]\n`
  expect(adopt({ web: WEB }, { sources: { Dockerfile } }).settings['HEALTH_PATH']).toBe(path)
})

test('what a program asks of another one must be no page of its own, nor what tests do be its work', () => {
  const asks = "const all = await api.get('/status')\nreturn api.get('/up').then(show)\n"
  expect(adopt({ web: WEB }, { sources: { 'a.js': asks } }).settings['HEALTH_PATH']).toBe('*')
  const flasks = `def make():\n    return Flask("a")\n\n@app.before_request\ndef first():\n    db_reset()\n\n${UP}`
  const sources = { 'a.py': flasks, 'tests/conftest.py': 'def db_reset():\n    db.session.commit()\n' }
  expect(adopt({ web: WEB }, { sources }).settings['HEALTH_PATH']).not.toBe('tcp')
})

const LIMIT = 'const limit = rateLimit({ max: 50 })\napp.use(limit)\n'
const ROOT_PAGE = "app.get('/', (q, s) => s.send('a'))\n"
const CONNECTS = 'ok: tcp: the proxy only connects; in a deploy, any answer below 500 to GET /healthz counts'
const UNLIMITED = 'a client may ask only so often, and the proxy is the one client that it sees'
test.each([
  ['Express', express(LIMIT + ROOT_PAGE), 'tcp', [CONNECTS, `note: ${UNLIMITED}`]],
  ['Express, after the page', express(ROOT_PAGE + LIMIT), '/', ['ok: /']],
  ['Express, without the page', express(LIMIT.replace('50', '50, skip: isCheck') + ROOT_PAGE), '/', ['ok: /']],
  ['Express, for some paths', express(LIMIT.replace('(limit)', "('/api', limit)") + ROOT_PAGE), '/', ['ok: /']],
  [
    'Flask, for pages alone',
    flask(`Limiter(app=app, default_limits=["50 per hour"])\n${UP}`),
    ...(['*', [...counts('each page counts for the limit of its client').slice(1), `note: ${UNLIMITED}`]] as const),
  ],
  ['Flask, for one page', flask(`limiter = Limiter(app=app)\n${UP}`), '/up', ['ok: /up']],
])('what counts the checks for the limit of a client must be said: %s', (_, sources, path, says) => {
  const [value, ...found] = healthOf(sources)
  expect([value, found]).toEqual([path, says])
})

const laravel = (more: string, others: Record<string, string> = {}) => ({
  'bootstrap/app.php': `<?php\nreturn Application::configure()\n  ->withRouting(\n    health: '/up',\n  )\n  ${more}->create();`,
  'routes/web.php': "Route::get('/', fn () => view('home'));\n",
  ...others,
})
const LISTENS = { 'app/Providers/A.php': 'Event::listen(function (DiagnosingHealth $event) {\n' }
test.each([
  ['', {}, '/up', 'ok: /up'],
  ['->withMiddleware(fn ($m) => $m->web(append: [Locale::class]))', {}, '/up', 'ok: /up'],
  ['->withMiddleware(fn ($m) => $m->append(Gate::class))', {}, '/up', 'note: /up'],
  ['', LISTENS, '/', 'ok: /'],
])(
  'the health page of Laravel must be the one that is asked, unless something may stand before it: %s',
  (more, others, path, found) => {
    expect(healthOf(laravel(more, others))).toEqual([path, found])
  },
)
const ASKED = 'from .models import person\nclass A:\n    def __call__(self, request):\n        return person(request)\n'
const MAKES = 'def person(mail):\n    return User.objects.create(mail=mail)\n'
test.each<[string, Record<string, string>]>([
  ['a script of pages', { 'a.py': 'x', 'static/js/a.js': "const is = path === '/'" }],
  ['the pages of Vue', { 'web/index.js': "import { createRouter } from 'vue-router'\nrouter.get('/')" }],
  ['a page that only refuses', { 'app/index.html': '', 'public/index.php': '' }],
  ['a test', { 'shop/m.py': ASKED, 'shop/tests/test_a.py': MAKES }],
])('what runs elsewhere is no page of the server: %s', (_, sources) => {
  expect(healthOf(sources)).toEqual(NONE)
})

const checking = (path: string): Service => ({ ...WEB, healthcheck: { test: `curl -f http://localhost:3000${path}` } })
test.each([
  ['/admin/', '*'],
  ['/login', '/login'],
  ['/admin/up', '/admin/up'],
])(
  'a page that leads to a login must not be asked, though the check of its author takes that: %s',
  (path, expected) => {
    expect(adopt({ web: checking(path) }).settings['HEALTH_PATH']).toBe(expected)
  },
)

test('a page of django-health-check that writes must be said, also where its author asks for it', () => {
  const sources = {
    'shop/settings.py': "INSTALLED_APPS = [\n    'health_check',\n    'health_check.db',\n]\n",
    'shop/urls.py': "urlpatterns = [\n    path('health/', include(health_urls)),\n]\n",
  }
  const adoption = adopt({ web: checking('/health/') }, { sources })
  expect(adoption.findings).toContainEqual(
    expect.objectContaining({ found: expect.stringMatching(/^each request writes/), where: 'shop/settings.py:3' }),
  )
})

test.each([
  ['proxy_pass http://blog;', '*'],
  ['root /srv;', '/'],
])('a page of a web server must not be asked where it passes its home on: %s', (home, path) => {
  const conf = `server { listen 80; location /a { root /srv; }\nlocation / { expires off; ${home} } }\n`
  const sources = { 'web/Dockerfile': 'FROM nginx\nCOPY a.conf /etc/nginx/conf.d/default.conf\n', 'web/a.conf': conf }
  const services = {
    web: { build: { context: `${ROOT}/web` }, ports: [{ target: 80, published: '80' }] },
    blog: { image: 'wordpress' },
  }
  const adoption = adopt(services, { sources: { ...sources, 'web/index.html': '' } })
  expect(adoption.settings['HEALTH_PATH']).toBe(path)
})

test.each([
  ['location /api { limit_req zone=a; proxy_pass http://api:3000; }', '*'],
  ['location / { limit_req zone=a; proxy_pass http://api:3000; }', 'tcp'],
  ['location /api { proxy_pass http://api:3000; }', '/api/jobs/'],
])('a page that nginx limits must be no health path, for the proxy asks all the time: %s', (location, path) => {
  const conf = `server {\n  listen 80;\n  add_header X-A b;\n  ${location}\n}\n`
  const Dockerfile =
    'FROM nginx:1\nCOPY a.conf /etc/nginx/conf.d/default.conf\nHEALTHCHECK CMD wget -q http://127.0.0.1:80/api/jobs/\n'
  const web = { ...WEB, ports: [{ target: 80, published: '80' }] }
  const adoption = adopt({ web, api: { image: 'acme/api' } }, { sources: { Dockerfile, 'a.conf': conf } })
  expect(adoption.settings['HEALTH_PATH']).toBe(path)
})

const GROUP = (made: string) => `${made}->group(function () {\n    Route::get('/', fn () => view('a'));\n});\n`
test.each([
  ["Route::prefix('cart')", NONE],
  ["Route::middleware('web')\n  ->prefix('cart')", NONE],
  ["Route::middleware(['auth'])", NONE],
  ["Route::middleware('web')", ['/', 'ok: /']],
])('a page in a group of Laravel that lies below another path must be no home page: %s', (made, health) => {
  expect(healthOf({ 'routes/web.php': GROUP(made) })).toEqual(health)
})

test("a path that CodeIgniter's own files compare must be no page", () => {
  const compares = "if ($path === '/' && config_item('cookie_path') !== '/')\n"
  const files = { 'index.php': '', 'system/core/CodeIgniter.php': '', 'system/core/Input.php': compares }
  expect(healthOf(files)[0]).toBe('*')
})

test('a second port of the host that led to the application must be said', () => {
  const ports = ['8080', '80', '5173'].map((published) => ({ target: published === '5173' ? 5173 : 3000, published }))
  const found = said(adopt({ web: { ...WEB, ports } }, { sources: { 'a.js': '' } }), 'port')
  expect(found).toContain('note: 80 of this host led to it as well: the proxy has one port')
  expect(said(adopt({ web: WEB }, { sources: { 'a.js': '' } }), 'port').join()).not.toContain('as well')
})

test.each([
  ['main.py', '*'],
  ['.', '/healthz'],
])('a page of code that its image has not must be no health path: COPY %s', (copied, path) => {
  const sources = {
    'hook.Dockerfile': `FROM python\nWORKDIR /app\nCOPY ${copied} ./\nCMD ["python", "main.py"]\n`,
    'main.py': 'class Hook(BaseHTTPRequestHandler):\n    def do_POST(self):\n        pass\n',
    'api/api.go':
      'func main() {\n\thttp.HandleFunc("/healthz", ok)\n}\nfunc ok(w http.ResponseWriter, r *http.Request) {\n}\n',
  }
  const web: Service = { build: { context: ROOT, dockerfile: 'hook.Dockerfile' }, ports: [{ target: 8000 }] }
  expect(adopt({ web }, { sources }).settings['HEALTH_PATH']).toBe(path)
})

test.each<[string, Service, Record<string, Service>, Record<string, string>, boolean]>([
  ['its own check', { healthcheck: { test: 'curl -kf https://localhost:3000/admin/' } }, {}, {}, true],
  ['a check at another port', { healthcheck: { test: 'curl -kf https://localhost:8443/' } }, {}, {}, false],
  ['its command', { command: ['daphne', '-e', 'ssl:3000:privateKey=a.pem', 'shop.asgi'] }, {}, {}, true],
  ['its supervisor', {}, {}, { 'supervisord.conf': 'command=/bin/daphne -e ssl:3000:certKey=a.pem shop' }, true],
  ['a comment', {}, {}, { 'supervisord.conf': '; command=daphne -e ssl:3000:certKey=a.pem shop' }, false],
  ['a caller', {}, { pages: { image: 'a', environment: { API: 'https://web:3000' } } }, {}, true],
  ['one at another port', {}, { pages: { image: 'a', environment: { API: 'https://web:3001' } } }, {}, false],
])('the proxy must speak HTTPS to a port where %s says so', (_, more, others, sources, isTls) => {
  const { app } = composed(adopt({ web: { ...WEB, ...more }, ...others }, { sources })).services
  expect(app?.['x-tls']).toBe(isTls || undefined)
})

test.each([
  [80, '*'],
  [3000, '/up/'],
])('a page that nginx answers at port %i must be no health path of a program at port 3000: %s', (port, path) => {
  const sources = {
    Dockerfile: `${IMAGE}COPY nginx.conf /etc/nginx/conf.d/a.conf\n`,
    'nginx.conf': `server {\n  listen ${port} default_server;\n  location = /up/ { return 200; }\n}\n`,
  }
  expect(adopt({ web: WEB }, { sources }).settings['HEALTH_PATH']).toBe(path)
})

const PAGE = (on: string) => `from . import ${on}\n\n@${on}.route("/health")\ndef health():\n    return "ok"\n`
test.each([
  [
    'its application registers',
    'api = Blueprint("api")\n',
    'app.register_blueprint(api, url_prefix="/v1")',
    '/v1/health',
  ],
  ['it has itself', 'api = Blueprint("api", url_prefix="/own")\n', 'app.register_blueprint(api)', '/own/health'],
  ['is no text', 'api = Blueprint("api")\n', 'app.register_blueprint(api, url_prefix=PREFIX)', '*'],
  ['nobody registers', 'api = Blueprint("api")\n', '', '*'],
])('a page of a blueprint of another file must have the prefix that %s', (_, made, line, path) => {
  const sources = { 'app.py': `app = Flask(__name__)\n${line}\n`, 'api/__init__.py': made, 'api/pages.py': PAGE('api') }
  expect(healthOf(sources)[0]).toBe(path)
})

test('a page of a router of FastAPI must have the prefixes of both', () => {
  const router = 'router = APIRouter(prefix="/users")\n\n@router.get("/health")\ndef health():\n    return "ok"\n'
  const main = 'app = FastAPI()\napp.include_router(users.router, prefix="/api")\napp.include_router(other.router)\n'
  const sources = { 'main.py': main, 'users.py': router, 'other.py': 'router = APIRouter()\n' }
  expect(healthOf(sources)[0]).toBe('/api/users/health')
})
