const { appendFileSync, readFileSync } = require('node:fs')
const { createServer } = require('node:http')
const { connect } = require('node:net')

// One command of Redis's protocol, and the number that answers it.
const ask = (...words) =>
  new Promise((resolve, reject) => {
    const socket = connect(6379, process.env.STORE, () => socket.write(`${words.join(' ')}\r\n`))
    socket.once('data', (data) => {
      socket.end()
      resolve(Number(String(data).slice(1)))
    })
    socket.once('error', reject)
  })

createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://web')
  if (pathname === '/api/health') return response.end('ok\n')
  if (pathname === '/api/hits') return response.end(`${await ask('INCR', 'hits')}\n`)
  if (pathname === '/api/hello') return response.end(`${process.env.GREETING} from version one\n`)
  if (request.method === 'POST') {
    let body = ''
    for await (const piece of request) body += piece
    appendFileSync(process.env.STALLS, `${body}\n`)
    return response.end('added\n')
  }
  response.end(readFileSync(process.env.STALLS))
}).listen(3000)

process.on('SIGTERM', () => process.exit(0))
