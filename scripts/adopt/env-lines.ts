import { parse } from 'dotenv'
import { settingNames } from '../config/settings.ts'
import { SECRETS_SIGN } from './names.ts'

// The .env of a repository has lines of the application and lines of init: only the first are what its Compose file reads.

const SECRETS = new RegExp(`^${SECRETS_SIGN}\n(?:APP_[A-Z0-9_]+=.*(?:\n|$))*`, 'gm')

/** The text of .env without the secrets that init has written. */
export const withoutSecrets = (text: string): string => text.replace(SECRETS, '')

/**
 * The names in the text of .env that are the toolkit's, and no part of the application's environment: the secrets that init has written,
 * and, once there is the text of dartagnan.env, each setting that this does not leave to the application.
 */
export function ownNames(text: string, settings: string | undefined): string[] {
  const theirs = settings === undefined ? settingNames : (parse(settings)['APP_VARIABLES'] ?? '').split(',')
  const rest = parse(withoutSecrets(text))
  const isSetting = (name: string) => settingNames.some((one) => one === name) && !theirs.includes(name)
  return Object.keys(parse(text)).filter((name) => !(name in rest) || isSetting(name))
}
