import { cpSync } from 'node:fs'
import { expect, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { Reader, removing } from './reader.ts'

// The other guides are read in guides.proof.it.test.ts.
test('the README alone must lead to a release that is rolled back, and to one of an own repository', async () => {
  await using reader = await Reader.create()
  const { name, folder } = reader.project
  const shop = reader.at('.cache', `${name}x`)
  await using _ = removing(`${name}x`)
  cpSync('scripts/scenarios/strangers/greeter', shop, { recursive: true })
  const first = 'git init -q -b main && git add -A && git commit -q -m First'
  expect((await exec(['sh', '-c', first], { quiet: true, cwd: shop, env: reader.env() })).exitCode).toBe(0)
  await reader.reads('README.md', [
    ['sh ~/dartagnan', `WRITE=1 sh ${folder}`],
    ['~/shop', shop],
  ])
})
