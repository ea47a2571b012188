import type { AppRule } from './app.ts'
import type { ServiceRule } from './draft.ts'
import { assetsRule } from './rules/assets.ts'
import { baseRule } from './rules/base.ts'
import { checksRule, healthRule, portRule } from './rules/checks.ts'
import { clientsRule } from './rules/clients.ts'
import { dataRule } from './rules/data.ts'
import { databaseRule } from './rules/database.ts'
import { declaredRule } from './rules/declared.ts'
import { dockerfileRule } from './rules/dockerfile.ts'
import { envFileRule } from './rules/env-file.ts'
import { environmentRule } from './rules/environment.ts'
import { filesRule } from './rules/files.ts'
import { hostFileRule } from './rules/host-file.ts'
import { hostnameRule } from './rules/hostname.ts'
import { imageRule } from './rules/image.ts'
import { imageFilesRule } from './rules/image-files.ts'
import { jobRule } from './rules/job.ts'
import { keptOutRule } from './rules/kept-out.ts'
import { keylessRule } from './rules/keyless.ts'
import { keysRule } from './rules/keys.ts'
import { mountsRule } from './rules/mounts.ts'
import { namesRule } from './rules/names.ts'
import { needsRule } from './rules/needs.ts'
import { oneFileRule } from './rules/one-file.ts'
import { portsRule } from './rules/ports.ts'
import { developmentRule, processRule } from './rules/process.ts'
import { replicasRule } from './rules/replicas.ts'
import { routeRule } from './rules/route.ts'
import { sentRule } from './rules/sent.ts'
import { settingsRule } from './rules/settings.ts'
import { appStartRule, startRule } from './rules/start.ts'

// All that adopt knows, one file a rule. Each adds its part to the proposal, and says what it rests on.

/** What becomes of each service of a Compose project, in the order of the report. */
export const SERVICE_RULES: readonly ServiceRule[] = [
  ...[
    imageRule,
    developmentRule,
    settingsRule,
    keysRule,
    environmentRule,
    envFileRule,
    keptOutRule,
    filesRule,
    mountsRule,
  ],
  ...[
    declaredRule,
    databaseRule,
    imageFilesRule,
    sentRule,
    oneFileRule,
    hostFileRule,
    namesRule,
    portsRule,
    jobRule,
    startRule,
    replicasRule,
  ],
  ...[routeRule, hostnameRule, assetsRule, keylessRule],
]

/** What the application's own folder says. */
export const APP_RULES: readonly AppRule[] = [
  ...[
    dockerfileRule,
    baseRule,
    processRule,
    appStartRule,
    checksRule,
    portRule,
    healthRule,
    dataRule,
    needsRule,
    clientsRule,
  ],
]
