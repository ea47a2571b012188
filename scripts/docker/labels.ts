// The labels by which the toolkit finds again what it has made. Names would not do: others can take them.
export const OWNER = 'org.dartagnan'
/** The kind of an application's image. It names no project: one commit has one image in all of them. */
export const APPLICATION = 'application'
/** Names the build of an image that is not the application's own, but of another service of it. */
export const BUILD_LABEL = 'org.dartagnan.build'
/** Names all that an image was built from: a build that would take the same need not be done again. */
export const INPUTS_LABEL = 'org.dartagnan.inputs'
export const PROJECT_LABEL = 'org.dartagnan.project'
/** The kind of a container that works on data or only lends its files: what a killed run has left of them, the next one removes. */
export const HELPER = 'helper'
/** The labels of such a container of a project. */
export const helperLabels = (project: string) => ({ [OWNER]: HELPER, [PROJECT_LABEL]: project })
/** The version of the application that a container runs. */
export const VERSION_LABEL = 'org.dartagnan.version'
/** A digest of a service's definition, to see whether it has changed. */
export const DEFINITION_LABEL = 'org.dartagnan.definition'
/** A digest of the secrets that a service has. */
export const SECRETS_LABEL = 'org.dartagnan.secrets'
/** How the next version takes this container's place. */
export const ROLLOUT_LABEL = 'org.dartagnan.rollout'
/** On a proxy that has taken the place of another one: its number among these. The one that owns the port has none. */
export const SUCCESSOR_LABEL = 'org.dartagnan.successor'
/** The volume in which the toolkit keeps its state. */
export const LEDGER = 'dartagnan_ledger'
/** The kind of a volume that holds snapshots. */
export const SNAPSHOTS = 'snapshots'
/** On what a lesson has made. Its value is the prefix of the lesson's names. */
export const LESSON_LABEL = 'org.dartagnan.lesson'
export const TEST_LABEL = 'org.dartagnan.test'
export const COMPOSE_PROJECT = 'com.docker.compose.project'
export const COMPOSE_SERVICE = 'com.docker.compose.service'
/** `True` on a container that `docker compose run` has made. */
export const COMPOSE_ONE_OFF = 'com.docker.compose.oneoff'
export const OCI = 'org.opencontainers.image'
