import { tryExec } from '../cli/io/exec.ts'
import { PROXY } from '../docker/compose-model.ts'
import { listContainers } from '../docker/io/engine.ts'

/** Prints what the proxies of a project have said of their members: why a request was answered 503 is nowhere else. */
export async function printProxyLog(project: string): Promise<void> {
  for (const { id, name, service } of await listContainers(project)) {
    if (service !== PROXY) continue
    const { stdout } = await tryExec(
      ['sh', '-c', `docker logs --timestamps ${id} 2>&1 | grep -E ' is (UP|DOWN)|DNS|reason'`],
      {
        quiet: true,
      },
    )
    process.stderr.write(`--- the members of ${name} ---\n${stdout.split('\n').slice(-20).join('\n')}\n---\n`)
  }
}
