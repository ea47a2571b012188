import { globSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { rolldown } from 'rolldown'

const DOORS = 'node_modules/.cache/doors'
// dockerode loads these for what the toolkit does in other ways (docker/io/skip-unused-clients.ts), or not at all.
const UNUSED = /^(ssh2|@grpc\/grpc-js|@grpc\/proto-loader|protobufjs|tar-fs|@balena\/dockerignore)\b/
// The engine is always behind a Unix socket: TLS is for nothing, and costs 15 ms. Node has the streams itself.
const NODES: Readonly<Record<string, string>> = { https: 'http', 'readable-stream': 'stream' }

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
        resolveId: (name, importer) => {
          if (UNUSED.test(name)) return { id: 'unused' }
          const own = importer?.includes('/docker-modem/') ? NODES[name] : undefined
          return own ? { id: own, external: true } : undefined
        },
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
