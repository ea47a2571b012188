const { readFileSync, writeFileSync } = require('node:fs')

// It ends where nothing has been migrated.
setInterval(() => {
  const stalls = readFileSync('/var/bazaar/stalls.txt', 'utf8').trim().split('\n')
  writeFileSync('/var/bazaar/count.txt', `${stalls.length}\n`)
}, 200)
process.on('SIGTERM', () => process.exit(0))
