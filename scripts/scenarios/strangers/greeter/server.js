'use strict';

const http = require('node:http');

const PORT = process.env.PORT || 3000;
const HOST = '0.0.0.0';

const server = http.createServer((req, res) => {
  if (!req.headers.host) {
    res.writeHead(400);
    return res.end();
  }
  if (req.url === '/health') {
    res.writeHead(200, { 'Content-Type': 'text/plain' });
    return res.end('OK');
  }
  res.writeHead(200, { 'Content-Type': 'text/plain' });
  res.end('Hello from version one\n');
});

server.listen(PORT, HOST, () => {
  console.log(`Running on http://${HOST}:${PORT}`);
});
