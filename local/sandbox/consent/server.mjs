// The sandbox's authorization server: `node server.mjs SETTINGS`, a JSON file with port, resource_server and clients.
// It ends when its standard input does, with SIGKILL.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

import { consent, showError } from './consent.mjs';
import { Control, handleControl } from './control.mjs';
import { counted, dressedErrors, googleRevocation } from './endpoints.mjs';
import { Memory } from './memory.mjs';
import { makeProvider, makeSigningKey } from './provider.mjs';
import { roles } from './roles.mjs';

const HOST = '127.0.0.1';
const IDLE_MILLISECONDS = 65_000;

function start(name, role, settings, signingKey) {
  const memory = new Memory();
  const control = new Control(() => ['AccessToken', 'RefreshToken'].forEach((model) => memory.forget(model)));
  const issuer = `http://${HOST}:${settings.port}/${name}`;
  const own = {
    clients: settings.clients.filter((client) => client.role === name),
    resourceServer: settings.resource_server,
    signingKey,
    showError: showError(role),
  };
  const provider = makeProvider(issuer, role, own, control, memory);
  provider.use(counted(control, role));
  provider.use(dressedErrors(role));
  provider.use(googleRevocation(provider, memory, role));
  provider.use(consent(provider, role));
  return { control, answer: provider.callback() };
}

function serve(settings) {
  const key = makeSigningKey();
  const running = {};
  for (const [name, role] of Object.entries(roles)) running[name] = start(name, role, settings, key);
  const controls = Object.fromEntries(Object.entries(running).map(([name, { control }]) => [name, control]));
  const server = createServer((request, response) => {
    const [, name] = request.url.split(/[/?]/);
    if (Object.hasOwn(running, name)) return running[name].answer(mounted(request, name), response);
    if (name === 'control') return handleControl(controls, request, response).catch(() => response.destroy());
    return response.writeHead(404).end();
  });
  // Longer than clients keep an idle connection, or they find it closed as they use it again.
  server.keepAliveTimeout = IDLE_MILLISECONDS;
  server.listen(settings.port, HOST);
}

function mounted(request, name) {
  request.originalUrl = request.url;
  request.url = request.url.slice(name.length + 1) || '/';
  return request;
}

// Not with process.exit(): it waits for V8's compiler threads, which now and then wait for it, both for ever
// (https://github.com/nodejs/node/issues/54918).
process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL')).resume();
serve(JSON.parse(readFileSync(process.argv[2], 'utf8')));
