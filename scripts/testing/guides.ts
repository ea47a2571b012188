import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { readGuide } from './guide.ts'

// The documents whose commands a test runs, and the commands that it does not run, with the reason.

/** Every document for users. */
export const GUIDES: readonly string[] = ['README.md', ...globSync('docs/*.md'), ...globSync('docs/guides/*.md')].sort()

/** Where the guides are written down, with the commands that `make proof` has seen to work. */
export const PROVEN = 'scripts/testing/guides-proven.json'

const because = (reason: string, commands: readonly string[]) =>
  Object.fromEntries(commands.map((command) => [command, reason]))

/** The commands of a guide that no world runs, by the guide: each with the reason. */
export const ELSEWHERE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'README.md': {
    'make setup check': 'it would run itself: .ci/run runs it',
    'git clone https://git.example.com/dartagnan.git ~/dartagnan': 'the checkout of the test is that clone',
  },
  'docs/guides/ci.md': {
    ...because('scripts/scenarios/ci-server.proof.it.test.ts runs Buildbot', [
      'buildbot create-master master && cp docs/guides/ci/buildbot-master.cfg master/master.cfg',
      '(umask 77; head -c 24 /dev/urandom | base64 >master/worker-password)',
      'REPOSITORY=https://git.example.com/team/journal.git buildbot start master',
      'buildbot-worker create-worker worker localhost docker "$(cat master/worker-password)" && buildbot-worker start worker',
    ]),
  },
  'docs/guides/front-door.md': {
    'make deploy ACME_DNS=cloudflare ACME_DNS_FILE=secrets/dns':
      "it asks Cloudflare's servers; scripts/scenarios/gate.it.test.ts has an authority of its own",
  },
  'docs/guides/other-hosts.md': {
    ...because('scripts/scenarios/engine.proof.it.test.ts has another engine behind SSH', [
      'make deploy ENGINE=ssh://user@host',
      'make status ENGINE=ssh://user@host',
    ]),
  },
  'docs/guides/swarm.md': {
    ...because('scripts/scenarios/swarm.proof.it.test.ts has a swarm of three engines', [
      'make cluster NODES=ssh://root@host-b,ssh://root@host-c',
      "echo 'ORCHESTRATOR=swarm' >> .env && echo 'IMAGE_REPOSITORY=registry.example.com/team/journal' >> .env",
      'make build test tag push deploy',
    ]),
  },
  'docs/security.md': {
    ...because('it changes the firewall of a host that others use', [
      'iptables -I DOCKER-USER -i br-0123456789ab -d 169.254.0.0/16 -j REJECT',
      'iptables -I DOCKER-USER -i br-0123456789ab -d 10.0.0.0/8 -j REJECT',
      'iptables -I INPUT -i br-0123456789ab -m conntrack --ctstate NEW -j REJECT',
    ]),
  },
  'docs/guides/your-repository.md': {
    'git clone https://git.example.com/dartagnan.git ~/dartagnan': 'the checkout of the test is that clone',
  },
  'docs/guides/targets.md': {
    'make status WATCH=1': 'it needs a terminal, and ends at a key: scripts/report/live.test.ts',
    'make ui': 'it serves until Ctrl-C: scripts/report/page.test.ts',
    'make demo': 'two minutes of its own: scripts/demo.ts counts what it claims, and fails where that is not so',
  },
}

/** The commands of a guide with their outputs, as one short sum. */
export const sumOf = (file: string): string =>
  createHash('sha256')
    .update(JSON.stringify(readGuide(readFileSync(file, 'utf8')).commands))
    .digest('hex')
    .slice(0, 16)

/** The sums of the guides whose commands have been seen to work. */
export const readProven = (): Record<string, string> =>
  JSON.parse(readFileSync(PROVEN, 'utf8')) as Record<string, string>
