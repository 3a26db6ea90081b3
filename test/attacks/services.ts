/**
 * Hostile web servers for a namespace without a way out: port 80 redirects every visitor to somebody else's address,
 * port 8080 names that address wherever a page can name one. Writes the file given as argument when both listen.
 */
import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';

const ELSEWHERE = 'http://8.8.8.8/elsewhere';
// A name that nmap knows: version detection ends at once.
const Server = 'nginx/1.22.1';
const PAGE = `<html><head><title>elsewhere</title><base href="${ELSEWHERE}/">
<link rel="shortcut icon" href="${ELSEWHERE}.ico"><link rel="alternate" type="application/rss+xml" href="${ELSEWHERE}.xml">
<meta http-equiv="refresh" content="0; url=${ELSEWHERE}"><script src="${ELSEWHERE}.js"></script></head>
<body><a href="${ELSEWHERE}">elsewhere</a><img src="${ELSEWHERE}.png"><iframe src="${ELSEWHERE}"></iframe>
<form action="${ELSEWHERE}" method="post"><input name="user"><input type="password" name="password"></form></body></html>`;

const redirect: RequestListener = (_request, response) => {
  response.writeHead(302, { Location: ELSEWHERE, Server }).end(PAGE);
};
const name: RequestListener = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/html', 'Content-Location': ELSEWHERE, Server }).end(PAGE);
};

createServer(redirect).listen(80, '127.0.0.1', () => {
  createServer(name).listen(8080, '127.0.0.1', () => writeFileSync(process.argv[2] ?? '', ''));
});
