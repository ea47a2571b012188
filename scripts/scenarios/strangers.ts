import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TEST_LABEL } from '../core/labels.ts'
import { exec } from '../io/exec.ts'
import { lockedImage } from '../io/images.ts'
import type { World } from '../io/world.ts'

// Applications as strangers have them, written down before there was anything that could adopt them. They are changed in
// one thing: the images that no registry gives here are made of the distribution's packages, under names of their own.
const NAMES = {
  'python:3.12-slim': 'dartagnan-test/python:strangers',
  'redis:alpine': 'dartagnan-test/redis:strangers',
  'nginx:alpine': 'dartagnan-test/nginx:strangers',
}
const BASES = `ARG PYTHON_IMAGE
FROM \${PYTHON_IMAGE} AS python
RUN export DEBIAN_FRONTEND=noninteractive; \\
    install="apt-get install -qy --no-install-recommends python3-redis redis-server nginx-light busybox-static"; \\
    $install || { apt-get update -q && $install; }
LABEL ${TEST_LABEL}=1

FROM python AS redis
RUN install -d -o redis -g redis /data
VOLUME /data
WORKDIR /data
EXPOSE 6379
# As upstream's: it begins as root, and becomes another user for its server alone.
ENTRYPOINT ["sh", "-c", "[ \\"$1\\" != redis-server ] || { chown -R redis /data; set -- setpriv --reuid redis --regid redis --clear-groups \\"$@\\"; }; exec \\"$@\\"", "--"]
CMD ["redis-server", "--protected-mode", "no"]

FROM python AS nginx
RUN rm -f /etc/nginx/sites-enabled/default && mkdir -p /usr/share/nginx/html \\
 && printf 'server { listen 80; root /usr/share/nginx/html; }' > /etc/nginx/conf.d/default.conf
EXPOSE 80
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]
`

/** Builds what stands for the strangers' base images. */
export async function buildBases(): Promise<void> {
  const base = `PYTHON_IMAGE=${lockedImage('python').reference}`
  for (const [upstream, name] of Object.entries(NAMES)) {
    const [stage = ''] = upstream.split(':')
    const argv = ['docker', 'buildx', 'build', '--load', '--build-arg', base, '--target', stage, '--tag', name] as const
    await exec([...argv, '-'], { input: BASES, quiet: true })
  }
}

/** Removes them. */
export const removeBases = async (): Promise<void> => {
  await exec(['docker', 'image', 'rm', '--force', ...Object.values(NAMES)], { quiet: true })
}

/** Copies a stranger's application into a checkout, as somebody would. */
export function settle(world: World, application: string, folder = application): void {
  cpSync(join('scripts/scenarios/strangers', application), join(world.folder, folder), { recursive: true })
  for (const file of ['Dockerfile', 'compose.yaml']) {
    try {
      edit(world, `${folder}/${file}`, (text) =>
        Object.entries(NAMES).reduce((all, [name, local]) => all.replaceAll(name, local), text),
      )
    } catch {
      // Not all have one.
    }
  }
}

/** Changes a file of a checkout. */
export function edit(world: World, file: string, change: (text: string) => string): void {
  const path = join(world.folder, file)
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, change(text))
}
