import { expect, test } from 'vitest'
import { adopt, bind, composed, ROOT, said, WEB } from '../testing/adoption.ts'

// What a start of Django makes of its models: new containers would make other ones than the database has had.

const MAKES = 'python manage.py makemigrations shop && python manage.py migrate && python manage.py runserver'
const KEPT = ['web-shop-made-migrations:/code/shop/migrations']

test.each<[string, string, Record<string, string>, string[] | undefined]>([
  ['for an application', MAKES, {}, KEPT],
  ['for all that have such a folder', MAKES.replace(' shop', ''), { 'shop/migrations/__init__.py': '' }, KEPT],
  ['for none that has no such folder', MAKES.replace(' shop', ''), {}, undefined],
  ['beside those of git', MAKES, { 'shop/migrations/0001_initial.py': '' }, undefined],
  ['never', 'python manage.py migrate', {}, undefined],
])('migrations that a start makes %s must lie in a volume', (_, line, more, volumes) => {
  const sources = {
    Dockerfile: 'FROM python:3\nWORKDIR /code\nCOPY . .\n',
    'manage.py': '',
    'shop/models.py': '',
    ...more,
  }
  const web = { ...WEB, command: ['sh', '-c', line], volumes: [bind('', '/code')] }
  const adoption = adopt({ web }, { sources, tree: { binds: { [ROOT]: 'folder' } } })
  expect(composed(adoption).services['app']?.['volumes']).toEqual(volumes)
  const says = said(adoption, 'web').some((one) => one.includes('its start makes /code/shop/migrations'))
  expect(says).toBe(volumes !== undefined)
  const copied = adopt({ web: { ...web, volumes: [] } }, { sources })
  expect(composed(copied).services['app']?.['volumes'], 'each container had its own').toBeUndefined()
})
