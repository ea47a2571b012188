const { existsSync, writeFileSync } = require('node:fs')

// The server reads the file, and does not make it.
if (!existsSync(process.env.STALLS)) writeFileSync(process.env.STALLS, 'cloth\n')
