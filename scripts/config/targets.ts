import type { OptionName } from './options.ts'
import type { Settings } from './settings.ts'

// The targets, each in one entry. Its help, its completion, its row in the README and the list that the shell reads
// (scripts/setup/targets.txt) follow from this table.

export type TargetEntry = {
  readonly group: 'Pipeline' | 'Prepare' | 'Develop' | 'Operate' | 'Data' | 'Prove' | 'See'
  /** The line that `make` prints: the Makefile has the same one. */
  readonly line: string
  /** What the README says. */
  readonly text: string
  /** The options it takes, besides JSON. */
  readonly options: readonly (OptionName | 'FOR')[]
  /** The settings that matter most to it. */
  readonly settings: readonly (keyof Settings)[]
  readonly examples: readonly string[]
  readonly changes: string
  /** Whether it runs beside the engine that ENGINE names. */
  readonly remote: boolean
  /** Whether it may see the caller's keys: it reaches other hosts, and runs no application's code. */
  readonly keys: boolean
  /** Whether it may see the caller's logins to registries. */
  readonly logins: boolean
}

const atHome = { remote: false, keys: false, logins: true } as const
const withoutLogins = { ...atHome, logins: false } as const
const remote = { remote: true, keys: true, logins: true } as const
const nothing = 'nothing'

/** Every target, in the order of `make help`. */
export const TARGETS = {
  ci: {
    ...atHome,
    group: 'Pipeline',
    line: 'build, test and tag what is checked out, and push it where a registry is set: what every CI server runs',
    text: 'what a CI server runs: `build`, `test`, `tag`, and `push` where `IMAGE_REPOSITORY` names a registry; a summary, and JUnit files in `reports/`',
    options: ['REF', 'VERSION', 'FORCE', 'NO_CACHE'],
    settings: ['IMAGE_REPOSITORY', 'WAIT', 'REGISTRY_USER', 'REGISTRY_PASSWORD_FILE'],
    examples: ['make ci', 'make ci JSON=1'],
    changes: 'images and tags on this engine, the registry, and reports/',
  },
  ship: {
    ...atHome,
    group: 'Pipeline',
    line: 'build, test, tag and deploy what is checked out',
    text: '`build`, `test`, `tag`, `deploy`',
    options: ['REF', 'VERSION', 'PLAN', 'FORCE', 'NO_CACHE'],
    settings: ['PROJECT', 'PORT', 'BAKE_TIME', 'ENV', 'ENGINE'],
    examples: ['make ship', 'make setup ship PORT=8090'],
    changes: 'what its four targets change',
  },
  build: {
    ...atHome,
    group: 'Pipeline',
    line: 'build the image of REF (default: what is checked out)',
    text: 'builds the image of what is checked out; of `REF=` (a branch, tag or commit); every layer anew with `NO_CACHE=1`',
    options: ['REF', 'NO_CACHE', 'FORCE'],
    settings: ['APP_DIR', 'IMAGE_REPOSITORY'],
    examples: ['make build', 'make build REF=v1.4.2'],
    changes: 'images on this engine',
  },
  test: {
    ...withoutLogins,
    group: 'Pipeline',
    line: 'test that image: its own suite inside it, then against real containers',
    text: "runs the application's own suite inside its image, then integration tests against that very image, and keeps the evidence; `FORCE=retest` tests again",
    options: ['REF', 'FORCE'],
    settings: ['APP_DIR', 'APP_COMPOSE', 'READY_TIMEOUT'],
    examples: ['make test', 'make test FORCE=retest'],
    changes: 'the evidence of the image, and reports/',
  },
  tag: {
    ...atHome,
    group: 'Pipeline',
    line: 'give the tested image its version tags',
    text: 'tags the tested image: `1.4.2` also as `1.4`, `1` and `latest` where none is greater. Refuses an image without evidence (`FORCE=untested` overrides and is recorded) and never moves a full version',
    options: ['REF', 'FORCE'],
    settings: ['IMAGE_REPOSITORY'],
    examples: ['make tag', 'make tag REF=v1.4.2'],
    changes: 'tags on this engine',
  },
  push: {
    ...atHome,
    group: 'Pipeline',
    line: 'send the tested image to the registry of IMAGE_REPOSITORY, with its tags',
    text: 'sends the tested image to the registry of `IMAGE_REPOSITORY`, with its tags, an SBOM and its provenance; signs it',
    options: ['REF', 'VERSION', 'FORCE'],
    settings: ['IMAGE_REPOSITORY', 'REGISTRY_USER', 'REGISTRY_PASSWORD_FILE', 'SIGNING_KEY_FILE'],
    examples: ['make push', 'make push IMAGE_REPOSITORY=registry.example.com/team/journal'],
    changes: 'the registry',
  },
  bundle: {
    ...atHome,
    group: 'Pipeline',
    line: 'write images, release and toolkit into one file, for a host without a network',
    text: 'writes images, release and toolkit into one file, for a host without a network',
    options: ['VERSION', 'REF', 'FORCE'],
    settings: ['PROJECT', 'IMAGE_REPOSITORY'],
    examples: ['make bundle', 'make bundle VERSION=1.4.2'],
    changes: 'one new file',
  },
  load: {
    ...atHome,
    group: 'Pipeline',
    line: 'take a bundle on: this folder, or BUNDLE=',
    text: 'takes a bundle on where there is no network: the folder it was unpacked into, or `BUNDLE=` a file',
    options: ['BUNDLE'],
    settings: ['PROJECT', 'VERIFY_KEY_FILE'],
    examples: ['make load deploy', 'make load BUNDLE=journal-1.4.2.tar'],
    changes: 'images on this engine',
  },
  deploy: {
    ...remote,
    group: 'Pipeline',
    line: 'put VERSION (default: what is checked out) live without dropping a request',
    text: 'puts what is checked out live, or `VERSION=` any version tagged here before',
    options: ['VERSION', 'REF', 'PLAN', 'FORCE'],
    settings: ['PROJECT', 'PORT', 'REPLICAS', 'BAKE_TIME', 'READY_TIMEOUT', 'ENV', 'ENGINE'],
    examples: ['make deploy', 'make deploy VERSION=1.4.2', 'make deploy PLAN=3f9c2a1b'],
    changes: 'the containers that serve; a snapshot of the data is taken first',
  },
  setup: {
    ...withoutLogins,
    group: 'Prepare',
    line: 'install and start what is missing: engine, images, node_modules',
    text: 'installs and starts what is missing: engine, images, `node_modules`',
    options: [],
    settings: [],
    examples: ['make setup', 'make setup ship'],
    changes: 'packages of this host, images on its engine, and node_modules',
  },
  doctor: {
    ...remote,
    group: 'Prepare',
    line: 'say what is wrong here, and the command that mends it',
    text: 'what is wrong here, each with the command that mends it',
    options: [],
    settings: ['ENGINE', 'ENV'],
    examples: ['make doctor'],
    changes: nothing,
  },
  adopt: {
    ...atHome,
    group: 'Prepare',
    line: 'look at APP_DIR, and propose how it becomes a release (WRITE=1 writes it)',
    text: 'looks at `APP_DIR=`, says what is missing there, and proposes settings and a Compose file; `WRITE=1` writes what does not exist yet',
    options: ['WRITE'],
    settings: ['APP_DIR'],
    examples: ['make adopt APP_DIR=shop', 'make adopt APP_DIR=shop WRITE=1'],
    changes: 'nothing; with WRITE=1 new files in the checkout',
  },
  dev: {
    ...withoutLogins,
    group: 'Develop',
    line: 'run the app with its source mounted; a save reloads it',
    text: 'the application with its source mounted, on <http://localhost:8081>: a save reloads it',
    options: [],
    settings: ['DEV_PORT', 'APP_DIR', 'APP_COMPOSE'],
    examples: ['make dev', 'make dev DEV_PORT=9000'],
    changes: 'containers of its own, until it ends',
  },
  shell: {
    ...remote,
    group: 'Develop',
    line: 'a shell in a running container (SERVICE=app)',
    text: 'a shell in what runs (`SERVICE=`)',
    options: ['SERVICE'],
    settings: ['PROJECT', 'ENV'],
    examples: ['make shell', 'make shell SERVICE=db'],
    changes: 'what you type there',
  },
  logs: {
    ...remote,
    group: 'Develop',
    line: 'what the containers print (SERVICE=, FOLLOW=1)',
    text: 'what the containers print (`SERVICE=`, `FOLLOW=1`)',
    options: ['SERVICE', 'FOLLOW'],
    settings: ['PROJECT', 'ENV', 'ENGINE'],
    examples: ['make logs', 'make logs SERVICE=app FOLLOW=1'],
    changes: nothing,
  },
  plan: {
    ...remote,
    group: 'Operate',
    line: 'what deploy would do, why, and what it means for traffic',
    text: 'what `deploy` would do: each step, why, what it means for traffic and data, and a fingerprint; `make deploy PLAN=` that takes exactly these steps, or refuses',
    options: ['VERSION', 'REF', 'PLAN', 'FORCE'],
    settings: ['PROJECT', 'ENV', 'ENGINE'],
    examples: ['make plan', 'make plan VERSION=1.4.2'],
    changes: nothing,
  },
  rollback: {
    ...remote,
    group: 'Operate',
    line: 'back to the last good release, or to VERSION',
    text: 'brings back the last good release with its image, configuration and environment, or that of `VERSION=`; with `DATA=restore` with its data, too',
    options: ['VERSION', 'DATA', 'SNAPSHOT', 'FORCE'],
    settings: ['PROJECT', 'BAKE_TIME', 'ENV', 'ENGINE'],
    examples: ['make rollback', 'make rollback VERSION=1.4.1 DATA=restore'],
    changes: 'the containers that serve; with DATA=restore the data',
  },
  prune: {
    ...remote,
    group: 'Operate',
    line: 'remove superseded releases and images; what a rollback needs stays',
    text: 'keeps what runs and what a rollback to the last `KEEP` good releases needs, and the newest `KEEP` versions never deployed; removes the other releases and images made here, snapshots that `KEEP_SNAPSHOTS` does not keep, and volumes that a restore has replaced and a verified snapshot holds',
    options: ['FORCE'],
    settings: ['KEEP', 'KEEP_SNAPSHOTS', 'ENGINE'],
    examples: ['make prune', 'make prune KEEP=3'],
    changes: 'superseded releases, images, snapshots and replaced volumes',
  },
  history: {
    ...remote,
    group: 'Operate',
    line: 'the releases of this project: outcome, time, who, image',
    text: 'the releases: outcome, time, who, image, requests that were cut, how long requests were held',
    options: [],
    settings: ['PROJECT', 'ENV', 'ENGINE'],
    examples: ['make history', 'make history JSON=1'],
    changes: nothing,
  },
  outdated: {
    ...atHome,
    group: 'Operate',
    line: 'what moved upstream: base images, npm, requirements (UPDATE=1 moves the locks)',
    text: "what moved upstream: base images by digest, the toolkit's npm packages, the application's requirements; `UPDATE=1` moves the locks within their major versions",
    options: ['UPDATE'],
    settings: ['APP_DIR'],
    examples: ['make outdated', 'make outdated UPDATE=1'],
    changes: 'nothing; with UPDATE=1 the lock files',
  },
  release: {
    ...atHome,
    keys: true,
    group: 'Operate',
    line: 'changelog, commit, tag and push of a version (BUMP=patch, minor, major or auto)',
    text: '`BUMP=patch`, `minor`, `major`, or `auto` (from conventional commits): once the image of HEAD passes its tests, the changelog\'s section, one commit, an annotated tag, and a push of both or neither to `origin`. A push that failed is made up for by the same command; "unchanged" where HEAD is released already',
    options: ['BUMP', 'FORCE'],
    settings: [],
    examples: ['make release BUMP=minor', 'make release BUMP=auto'],
    changes: 'CHANGELOG.md, a commit and a tag, here and at origin',
  },
  status: {
    ...remote,
    group: 'Operate',
    line: 'what runs, which version, since when, healthy, where',
    text: 'what runs, which version, since when; it finishes or undoes what a killed run has left',
    options: ['FORCE'],
    settings: ['PROJECT', 'ENV', 'ENGINE'],
    examples: ['make status', 'make status JSON=1'],
    changes: 'nothing, but for what a killed run has left',
  },
  down: {
    ...remote,
    group: 'Operate',
    line: 'stop and remove the containers; volumes stay',
    text: 'removes the containers. Volumes stay',
    options: ['FORCE'],
    settings: ['PROJECT', 'ENV', 'ENGINE'],
    examples: ['make down'],
    changes: 'the containers: nothing serves any more',
  },
  clean: {
    ...remote,
    group: 'Operate',
    line: "remove this project's containers and superseded images; volumes stay",
    text: 'removes the containers, and images that no version names. Volumes stay',
    options: ['FORCE'],
    settings: ['PROJECT', 'ENV', 'ENGINE'],
    examples: ['make clean'],
    changes: 'the containers, and images on the engine',
  },
  backup: {
    ...remote,
    group: 'Data',
    line: 'take a snapshot of the data, and read it back',
    text: 'takes a snapshot of the data while they are in use, and reads it back',
    options: ['FORCE'],
    settings: ['BACKUP_REPOSITORY', 'BACKUP_PASSWORD_FILE', 'HOOK_TIMEOUT', 'ENGINE'],
    examples: ['make backup', 'make backup BACKUP_REPOSITORY=/srv/backup'],
    changes: 'the repository of the snapshots',
  },
  snapshots: {
    ...remote,
    group: 'Data',
    line: 'the snapshots: release, size, age, verified',
    text: 'lists the snapshots: version, release, by what, age, size, what the repository grew by, whether it was read back here',
    options: ['FORCE'],
    settings: ['BACKUP_REPOSITORY', 'ENGINE'],
    examples: ['make snapshots'],
    changes: nothing,
  },
  restore: {
    ...remote,
    group: 'Data',
    line: 'put the data of SNAPSHOT (default: the last good) back, over new volumes',
    text: 'puts the data of `SNAPSHOT=` (default: the last good one) into new volumes, and switches to them',
    options: ['SNAPSHOT', 'VERSION', 'FORCE'],
    settings: ['BACKUP_REPOSITORY', 'ENGINE'],
    examples: ['make restore', 'make restore SNAPSHOT=3f9c2a1b'],
    changes: 'the data: the old volumes stay until make prune',
  },
  destroy: {
    ...remote,
    group: 'Data',
    line: 'remove the project with its data (CONFIRM=name), after a last snapshot',
    text: 'removes the project with its data; wants `CONFIRM=` its name, and takes a last snapshot first (`FORCE=no-snapshot`: none)',
    options: ['CONFIRM', 'FORCE'],
    settings: ['PROJECT', 'ENV', 'BACKUP_REPOSITORY', 'ENGINE'],
    examples: ['make destroy CONFIRM=journal'],
    changes: 'everything of the project: containers, images, volumes',
  },
  check: {
    ...withoutLogins,
    group: 'Prove',
    line: 'lint, types, unit, integration and end-to-end tests (SUITE= picks one)',
    text: 'lint, types, unit, integration, end-to-end (`SUITE=` picks one)',
    options: ['SUITE'],
    settings: [],
    examples: ['make check', 'make check SUITE=unit'],
    changes: 'nothing of yours: its projects are its own, and end with it',
  },
  bench: {
    ...withoutLogins,
    group: 'Prove',
    line: 'deploys against Compose alone, as ratios, and under load',
    text: 'deploys against Compose alone and backups against `tar`, as ratios; deploys under load with each rollout, and over 100 MB, 1 GB and 4 GB of data (`SUITE=deploys` or `data` picks one half)',
    options: ['SUITE'],
    settings: [],
    examples: ['make bench', 'make bench SUITE=deploys'],
    changes: 'nothing of yours: its projects are its own, and end with it',
  },
  tour: {
    ...withoutLogins,
    group: 'Prove',
    line: 'the first Docker lessons, shown live on real containers',
    text: 'the first Docker lessons, shown live on real containers',
    options: [],
    settings: [],
    examples: ['make tour'],
    changes: 'nothing of yours: its containers end with it',
  },
  help: {
    ...withoutLogins,
    group: 'See',
    line: 'this list; make help deploy explains one target',
    text: 'lists the targets; `make help deploy` explains one, and runs nothing',
    options: [],
    settings: [],
    examples: ['make help', 'make help deploy'],
    changes: nothing,
  },
  completion: {
    ...withoutLogins,
    group: 'See',
    line: 'how your shell completes targets and options (FOR=bash, zsh or fish prints the script)',
    text: 'how your shell completes targets, options and the words of `FORCE`; `FOR=bash`, `zsh` or `fish` prints the script',
    options: ['FOR'],
    settings: [],
    examples: ['make completion', 'make completion FOR=zsh'],
    changes: nothing,
  },
} as const satisfies Readonly<Record<string, TargetEntry>>
export type TargetName = keyof typeof TARGETS

/** Every target with its entry, in the order of `make help`. */
export const targets: readonly (readonly [string, TargetEntry])[] = Object.entries(TARGETS)

/** The targets that look at an engine or change it. What builds, tests and pushes runs on this host. */
export const remoteTargets: readonly string[] = targets.flatMap(([name, { remote }]) => (remote ? [name] : []))
