// The labels by which everything that this project makes is found again. Never a name: names can be taken.
export const OWNER = 'org.dartagnan'
export const PROJECT_LABEL = 'org.dartagnan.project'
export const RELEASE_LABEL = 'org.dartagnan.release'
export const STAND_IN_LABEL = 'org.dartagnan.stand-in'
export const TEST_LABEL = 'org.dartagnan.test'
export const COMPOSE_PROJECT = 'com.docker.compose.project'
export const COMPOSE_SERVICE = 'com.docker.compose.service'
export const OCI = 'org.opencontainers.image'
