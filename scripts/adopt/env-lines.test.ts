import { expect, test } from 'vitest'
import { ownNames, withoutSecrets } from './env-lines.ts'
import { SECRETS_SIGN } from './names.ts'

test('secrets must leave .env, and what its user has written must stay', () => {
  const text = `MINE=1\n${SECRETS_SIGN}\nAPP_TOKEN='a b'\nAPP_KEY=x\nOTHER=2\nAPP_MINE=3\n`
  expect(withoutSecrets(text)).toBe('MINE=1\nOTHER=2\nAPP_MINE=3\n')
  expect(withoutSecrets(`${text}${SECRETS_SIGN}\nAPP_LATER=1`), 'those of a second run, too').toBe(withoutSecrets(text))
})

test('the lines of init, and the settings of the toolkit, must be no part of the application’s environment', () => {
  const text = `PORT=3000\nENV=x\nAPP_NAME=shop\n${SECRETS_SIGN}\nAPP_KEY=x\nAPP_NAME=other\n`
  expect(ownNames(text, undefined), 'before the first run, what is there is the user’s').toEqual(['APP_KEY'])
  expect(ownNames(text, 'PROJECT=shop\nAPP_VARIABLES=PORT,BIND\n')).toEqual(['ENV', 'APP_KEY'])
  expect(ownNames('A=1\n', 'PROJECT=shop\n')).toEqual([])
})
