import { Wait } from 'testcontainers'
import { expect, test } from 'vitest'
import { buildImage, container, docker, inside, inspect, PYTHON, readOutput, run } from './io/lesson.ts'

const KILLED = 128 + 9
const PROGRAM = `import signal, sys
def end(*_):
    print("told to end", flush=True)
    sys.exit(42)
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
while True:
    signal.pause()
`

test('the entrypoint must run, with the command as its arguments', async () => {
  await using image = await buildImage(`FROM ${PYTHON}\nENTRYPOINT ["echo", "one for all"]\nCMD ["by default"]\n`)
  expect(await run(container(image.name))).toBe('one for all by default\n')
  expect(await run(container(image.name).withCommand(['and', 'all for one']))).toBe('one for all and all for one\n')
})

test('an entrypoint in exec form must get SIGTERM and end with its own status', async () => {
  expect(await stop('["python3", "/program.py"]', 30)).toEqual({
    first: 'python3',
    status: 42,
    output: 'ready\ntold to end\n',
  })
})

test('a shell that ends in exec must hand its signals to the program', async () => {
  const entrypoint = '["sh", "/with-exec.sh"]'
  expect(await stop(entrypoint, 30)).toEqual({ first: 'python3', status: 42, output: 'ready\ntold to end\n' })
})

test('a shell that does not exec must keep signals from the program, which is killed after its grace period', async () => {
  const entrypoint = '["sh", "/without-exec.sh"]'
  expect(await stop(entrypoint, 1)).toEqual({ first: 'sh', status: KILLED, output: 'ready\n' })
})

// Stops a container with `seconds` of grace. Gives its first process, its exit status, and what it printed.
async function stop(entrypoint: string, seconds: number) {
  await using image = await buildImage(`FROM ${PYTHON}\nCOPY . /\nENTRYPOINT ${entrypoint}\n`, {
    'program.py': PROGRAM,
    'with-exec.sh': 'exec python3 /program.py\n',
    'without-exec.sh': 'python3 /program.py\n',
  })
  await using started = await container(image.name).withWaitStrategy(Wait.forLogMessage('ready')).start()
  const first = (await inside(started, 'cat /proc/1/comm')).trim()
  await docker('stop', '-t', String(seconds), started.getId())
  const { ExitCode: status } = (await inspect(started)).State
  return { first, status, output: await readOutput(started) }
}
