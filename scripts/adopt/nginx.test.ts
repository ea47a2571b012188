import { expect, test } from 'vitest'
import { readNginx } from './nginx.ts'

const read = (text: string, more: { path: string; text: string }[] = [], environment = {}) =>
  readNginx(
    [{ path: '/etc/nginx/nginx.conf', from: 'nginx.conf', text }, ...more.map((one) => ({ from: one.path, ...one }))],
    new Map(['web', 'web2', 'api'].map((name) => [name, name])),
    environment,
  )
const passes = (...args: Parameters<typeof read>) =>
  read(...args).passes.map(
    ({ path, to, port, strips, how }) => `${path} ${how} ${to}:${port}${strips ? ' strips' : ''}`,
  )

test.each([
  ['a location', 'server { location / { proxy_pass http://web:5001; } }', '/ proxy_pass web:5001'],
  [
    'a block within it',
    'server { location / { if ($x = "}") { return 301 /; } proxy_pass http://web:1; } }',
    '/ proxy_pass web:1',
  ],
  [
    'a location in a location',
    'server { location /a { location /a/b { proxy_pass http://web:1; } } }',
    '/a/b proxy_pass web:1',
  ],
  [
    'a comment',
    'server { location / {\n # proxy_pass http://api:1;\n proxy_pass http://web:5001; } }',
    '/ proxy_pass web:5001',
  ],
  [
    'an upstream',
    'upstream pool { server web:1; server web2:1 weight=2; }\nserver { location / { proxy_pass http://pool; } }',
    '/ proxy_pass web,web2:1',
  ],
  ['a variable', 'server { set $to http://web:3; location / { proxy_pass $to; } }', '/ proxy_pass web:3'],
  ['uwsgi', 'server { location / { include uwsgi_params; uwsgi_pass web:3031; } }', '/ uwsgi_pass web:3031'],
  [
    'a path that is taken away',
    'server { location /api/ { proxy_pass http://api:9/; } }',
    '/api/ proxy_pass api:9 strips',
  ],
  [
    'a single page, of which nothing is taken away',
    'server { location = / { proxy_pass http://api:9/; } }',
    '= / proxy_pass api:9',
  ],
])('nginx must be read as nginx reads it: %s', (_, text, says) => {
  expect(passes(text)).toEqual([says])
})

test('a configuration that lies in the mounted code must hide none that nginx reads', () => {
  const { passes: all } = readNginx(
    [
      { path: '/etc/nginx/conf.d/a.conf', from: 'a.conf', text: 'server { location / { proxy_pass http://web:1; } }' },
      { path: '/srv/nginx/nginx.conf', from: 'nginx/nginx.conf', text: 'http { include /etc/nginx/conf.d/*.conf; }' },
    ],
    new Map([['web', 'web']]),
  )
  expect(all.map(({ to }) => to)).toEqual([['web']])
})

test('files that it includes, by any name, must be read where they are included', () => {
  const include = [
    { path: '/etc/nginx/sites/shop', text: 'server { location / { include snippets/pass; } }' },
    { path: '/etc/nginx/snippets/pass', text: 'proxy_pass http://web:1;' },
  ]
  expect(passes('http { include sites/*; }', include)).toEqual(['/ proxy_pass web:1'])
  expect(
    passes('include nginx.conf;', [
      { path: '/etc/nginx/a', text: 'include b;' },
      { path: '/etc/nginx/b', text: 'include a;' },
    ]),
  ).toEqual([])
})

test('a file in conf.d that nginx.conf does not include must not count', () => {
  const files = [
    { path: '/etc/nginx/nginx.conf', text: 'http { include conf.d/now.conf; }' },
    { path: '/etc/nginx/conf.d/now.conf', text: 'server { location / { proxy_pass http://web:1; } }' },
    { path: '/etc/nginx/conf.d/old.conf', text: 'server { location /old { proxy_pass http://web:1; } }' },
  ]
  expect(passes('', files)).toEqual(['/ proxy_pass web:1'])
})

test('the variables of a template must be those of the service, and no others', () => {
  const text = 'server { location / { proxy_pass http://$ADDRESS; proxy_set_header Host $host; } }'
  expect(passes(text, [], { ADDRESS: 'web:7' })).toEqual(['/ proxy_pass web:7'])
  expect(passes(text)).toEqual([])
  const filled = text.replace('$ADDRESS', '{{ .Env.ADDRESS }}')
  expect(passes(filled, [], { ADDRESS: 'web:7' })).toEqual(['/ proxy_pass web:7'])
})

test.each([
  [
    'a file',
    'server { location / { proxy_pass http://web; } location /static { alias /srv; } }',
    ['location (nginx.conf:1)', 'alias (nginx.conf:1)'],
  ],
  ['a password', 'server { auth_basic x; location / { proxy_pass http://web; } }', ['auth_basic (nginx.conf:1)']],
  ['a pattern', 'server { location ~ \\.php$ { proxy_pass http://web; } }', ['location (nginx.conf:1)']],
  ['a comment', 'server {\n\t#add_header X "y";\t# text\n location / {\n proxy_pass http://web; } }', []],
  ['a header', 'server {\n location / {\n add_header X y;\n proxy_pass http://web; } }', ['add_header (nginx.conf:3)']],
  [
    'a header that the application gets',
    'server { location / { proxy_set_header X-Scheme $scheme;\n proxy_set_header X-Forwarded-Proto https;\nproxy_set_header Host shop.test;\n proxy_pass http://web; } }',
    ['proxy_set_header (nginx.conf:1)', 'proxy_set_header (nginx.conf:2)', 'proxy_set_header (nginx.conf:3)'],
  ],
  [
    'headers that the proxy has, too',
    'server { location / { proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header Connection "upgrade"; proxy_set_header X-NginX-Proxy true; proxy_pass http://web; } }',
    [],
  ],
  [
    'nothing more',
    'server { listen 443 ssl; ssl_certificate a; location / { proxy_pass http://web; } } server { return 301 https://$host$request_uri; }',
    [],
  ],
])('what the proxy does not do must be listed with its line: %s', (_, text, rest) => {
  expect(read(text).rest).toEqual(rest)
})
