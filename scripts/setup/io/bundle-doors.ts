import { globSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { rolldown } from 'rolldown'

const DOORS = 'node_modules/.cache/doors'
// dockerode loads these for what the toolkit does in other ways (docker/io/skip-unused-clients.ts).
const UNUSED = /^(ssh2|@grpc\/grpc-js|@grpc\/proto-loader|protobufjs)\b/

/**
 * Bundles the doors with all that they import, so that each starts in a fraction of the time. scripts/setup/door.sh takes
 * these as long as no source is newer.
 */
export async function bundleDoors(): Promise<void> {
  const scratch = `${DOORS}.${process.pid}`
  mkdirSync(scratch, { recursive: true })
  // Before it reads a source: what is saved meanwhile counts as newer.
  writeFileSync(`${scratch}/stamp`, '')
  const bundle = await rolldown({
    input: globSync('scripts/*.ts'),
    platform: 'node',
    external: ['vitest', 'testcontainers', 'rolldown'],
    plugins: [
      {
        name: 'unused',
        resolveId: (name) => (UNUSED.test(name) ? { id: 'unused' } : undefined),
        load: (id) => (id === 'unused' ? 'export default {}' : undefined),
      },
    ],
  })
  await bundle.write({
    dir: scratch,
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name]-[hash].mjs',
  })
  rmSync(DOORS, { recursive: true, force: true })
  renameSync(scratch, DOORS)
}
