import { exec } from '../cli/io/exec.ts'
import { toolkitImageName } from '../docker/io/toolkit-container.ts'
import { TEST_LABEL } from '../docker/labels.ts'
import { testRun } from '../state/io/lock.ts'

/** Runs a script of the host's own programs as root in the network of a container, which alone iptables and tc change. */
export async function inNetworkOf(container: string, script: string): Promise<void> {
  const rights = ['--privileged', '--user', '0', '--network', `container:${container}`, '--volume', '/:/host']
  const shell = ['--entrypoint', 'chroot', await toolkitImageName(), '/host', 'sh', '-euc', script]
  const label = ['--label', `${TEST_LABEL}=${testRun()}`]
  await exec(['docker', 'run', '--rm', ...label, ...rights, ...shell], { quiet: true })
}
