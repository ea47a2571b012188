type Wrong = { readonly run: string; readonly says: string }
const sleeping = (name: string, options = '') =>
  `docker run --detach --name ${name} ${options} practice-python sleep infinity`
const echo = (name: string, line: string) => `docker exec ${name} sh -c 'echo ${line}'`

/** Two wrong solutions of each exercise, and how the first condition that does not hold is told. */
export const WRONG: Readonly<Record<string, readonly [Wrong, Wrong]>> = {
  layers: [
    {
      run: "printf 'FROM practice-python\\nCOPY greeting.txt /\\n' > Dockerfile; docker build -t practice-greeting .",
      says: 'practice-greeting adds 1 layer to practice-python',
    },
    {
      run: "printf 'FROM practice-python\\nCOPY greeting.txt /\\n' > Dockerfile; docker build -t practice-other .",
      says: 'there is no image practice-greeting',
    },
  ],
  cache: [
    {
      run: 'docker build -t practice-cached:1 .; echo >> app.py; docker build -t practice-cached:2 .',
      says: 'practice-cached:2 has 2 layers that practice-cached:1 has not',
    },
    {
      run: 'docker build -t practice-cached:1 .; docker build -t practice-cached:2 .',
      says: 'practice-cached:2 has 0 layers that practice-cached:1 has not',
    },
  ],
  tags: [
    { run: 'docker tag practice-app:1.0 practice-app:1', says: 'there is no image practice-app:latest' },
    {
      run: 'docker tag practice-python practice-app:1; docker tag practice-app:1.0 practice-app',
      says: 'practice-app:1 is the image',
    },
  ],
  box: [
    {
      run: "docker run --rm practice-python sh -c 'echo mine > /note'",
      says: 'practice-box has changed nothing',
    },
    { run: echo('practice-box', 'mine > /tmp/note'), says: 'practice-box has changed: C /tmp, A /tmp/note' },
  ],
  stop: [
    {
      run: `docker rm practice-sleeper; ${sleeping('practice-sleeper')}`,
      says: 'practice-sleeper is a new container: the first one is gone, with its layer',
    },
    {
      run: sleeping('practice-sleeper-two'),
      says: 'the container practice-sleeper is not running: it ended with status 137 (killed)',
    },
  ],
  fresh: [
    { run: 'docker exec practice-messy rm /note', says: 'practice-messy is still the old container' },
    { run: 'docker rm --force practice-messy', says: 'there is no container practice-messy' },
  ],
  twice: [
    {
      run: `${sleeping('practice-one')}; ${sleeping('practice-two')}; ${echo('practice-one', 'a > /note')}; ${echo('practice-two', 'b > /note')}`,
      says: '/note in practice-two says "b"',
    },
    { run: `${sleeping('practice-one')}; ${sleeping('practice-two')}`, says: 'practice-one has changed nothing' },
  ],
  volume: [
    {
      run: `docker volume create practice-data; ${sleeping('practice-writer')}; ${echo('practice-writer', 'kept > /line')}; docker rm --force practice-writer; ${sleeping('practice-reader')}`,
      says: 'practice-reader has nothing mounted at /data',
    },
    {
      run: `${sleeping('practice-writer', '-v practice-data:/data')}; ${echo('practice-writer', 'kept > /data/line')}`,
      says: 'the container practice-writer runs',
    },
  ],
  replace: [
    {
      run: 'docker rm --force practice-shop; docker run --detach --name practice-shop practice-shop:1.1',
      says: 'practice-shop is made from the image practice-shop:1.1',
    },
    {
      run: 'docker rm --force practice-shop; docker run --detach --name practice-shop -v practice-new:/data practice-shop:1.2',
      says: 'practice-shop has the volume practice-new at /data',
    },
  ],
  sharing: [
    {
      run: `${sleeping('practice-left', '-v practice-shared:/data')}; ${sleeping('practice-right', '-v practice-mine:/data')}`,
      says: 'practice-right has the volume practice-mine at /data',
    },
    {
      run: `for one in left right; do ${sleeping('practice-$one', '-v practice-shared:/data')}; done; ${echo('practice-left', 'left > /data/lines')}; ${echo('practice-right', 'right > /data/lines')}`,
      says: '/data/lines in practice-right says "right"',
    },
  ],
  anonymous: [
    { run: 'docker rm --force practice-scratch', says: 'there is a volume ' },
    { run: 'docker stop -t 0 practice-scratch', says: 'the container practice-scratch is not running' },
  ],
  bind: [
    {
      run: sleeping('practice-guard', '-v practice-folder:/data'),
      says: 'practice-guard has the volume practice-folder at /data',
    },
    { run: sleeping('practice-guard', '-v "$PWD:/data"'), says: 'practice-guard has no file /data/answer' },
  ],
  borrow: [
    { run: sleeping('practice-guest'), says: 'practice-guest has nothing mounted at /data' },
    {
      run: sleeping('practice-guest', '-v practice-owned:/mnt'),
      says: 'practice-guest has nothing mounted at /data, but practice-owned → /mnt',
    },
  ],
  network: [
    {
      run: 'docker network create --internal practice-other; docker network connect practice-other practice-web',
      says: 'practice-web (on practice-front, practice-other) does not find the name practice-db',
    },
    {
      run: `docker rm --force practice-web; ${sleeping('practice-web', '--network practice-back')}`,
      says: 'practice-web is a new container',
    },
  ],
  port: [
    {
      run: 'docker rm --force practice-site; docker run --detach --name practice-site -p 127.0.0.1:8095:80 practice-python python3 -m http.server 8000',
      says: 'practice-site publishes (port of this host → its own port): 8095 → 80',
    },
    {
      run: 'docker rm --force practice-site; docker run --detach --name practice-site --expose 8000 practice-python python3 -m http.server 8000',
      says: 'practice-site publishes no port',
    },
  ],
  environment: [
    { run: 'docker run --name practice-motto practice-motto', says: 'in practice-motto, MOTTO=of the image' },
    { run: 'docker run --rm --name practice-motto practice-motto', says: 'there is no container practice-motto' },
  ],
  'env-file': [
    {
      run: sleeping('practice-place', '--env-file lesson.env'),
      says: 'in practice-place, PLACE=from the file',
    },
    { run: sleeping('practice-place', '-e PLACE=Paris'), says: 'in practice-place, MOTTO is not set' },
  ],
  entrypoint: [
    {
      run: 'docker run --name practice-echo practice-echo',
      says: 'practice-echo has printed "one for all by default"',
    },
    {
      run: 'docker run --name practice-echo --entrypoint echo practice-echo all for one',
      says: 'practice-echo has printed "all for one"',
    },
  ],
  signals: [
    {
      run: 'until docker logs practice-slow | grep ready; do sleep 0.2; done; docker stop -t 1 practice-slow',
      says: 'the container practice-slow ended with status 137 (killed)',
    },
    { run: 'docker restart -t 0 practice-slow', says: 'the container practice-slow runs' },
  ],
  compose: [
    {
      run: sleeping('practice-shop-web-1'),
      says: 'no Compose file has made practice-shop-web-1',
    },
    {
      run: "echo 'volumes: {data: {}}' >> compose.yaml; docker compose up --detach",
      says: 'there is no container practice-shop-db-1',
    },
  ],
  down: [
    { run: 'docker compose rm --stop --force', says: 'there is a network practice-stand_default' },
    { run: 'docker compose down --volumes', says: 'there is no volume practice-stand_data' },
  ],
  registry: [
    {
      run: 'docker run --detach --name practice-registry -p 127.0.0.1:8095:5000 practice-registry; docker tag practice-goods:1.0 localhost:8095/practice-goods:1.0',
      says: 'practice-registry has no image yet',
    },
    {
      run: 'docker run --detach --name practice-registry practice-registry',
      says: 'practice-registry publishes no port',
    },
  ],
  make: [
    { run: 'make _greet', says: 'there is no container practice-greet' },
    {
      run: 'docker run --name practice-greet practice-tools echo hello from me',
      says: 'practice-greet ran: echo hello from me',
    },
  ],
  pipeline: [
    { run: 'make ship', says: 'there is no container practice-test' },
    { run: 'make build deploy test', says: 'practice-live began before practice-test had ended' },
  ],
}
