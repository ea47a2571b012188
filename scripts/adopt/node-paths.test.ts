import { expect, test } from 'vitest'
import { movedByNode } from './node-paths.ts'

test.each([
  ["const DIR = path.resolve('static')\nconst to = path.resolve(DIR, name)\nawait file.mv(to)", 'static'],
  ["file.mv(path.join(__dirname, '../public/images', file.name))", 'public/images'],
  ["file.mv('./uploads/' + file.name, done)", 'uploads'],
  [`const to = \`\${process.cwd()}/pictures/\${file.name}\`\nfile.mv(to)`, 'pictures'],
  ["fs.writeFileSync(path.join('media', 'full', name), req.file.buffer)", 'media/full'],
  [`await sharp(req.file.buffer).toFile(\`public/img/users/\${req.file.filename}\`)`, 'public/img/users'],
  ["file.mv(path.join('media', 'img_' + name))", 'media'],
  ['file.mv(target)', undefined],
  ["fs.writeFileSync('a/b.txt', text)", undefined],
])('where Node puts what users send must be known: %s', (text, folder) => {
  expect(movedByNode({ 'api/save.js': text }).map(({ value }) => value)).toEqual(folder ? [folder] : [])
})
