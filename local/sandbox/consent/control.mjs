// What a test may ask of a role beyond its protocol, and what the role has counted.

import { read, RequestRefused } from './body.mjs';

const DEFAULT_SECONDS = 3600;
const MOST_ANSWERS = 1000;

export class Control {
  constructor(endTokens) {
    this.endTokens = endTokens;
    this.reset();
  }

  reset() {
    this.accessTokenSeconds = DEFAULT_SECONDS;
    this.authorizeError = undefined;
    this.answers = { token: [], revoke: [] };
    this.counts = { authorize: 0, token: 0, revoke: 0, token_statuses: [], revoke_statuses: [] };
  }

  set(wishes) {
    const unknown = Object.keys(wishes).find((name) => !Object.hasOwn(SETTINGS, name));
    if (unknown !== undefined) throw new RequestRefused(`unknown setting ${unknown}`);
    for (const [name, value] of Object.entries(wishes)) SETTINGS[name](this, value);
  }
}

const SETTINGS = {
  role: () => {},
  access_token_seconds: (control, value) => {
    if (!Number.isInteger(value) || value < 1) throw new RequestRefused('access_token_seconds: 1 or more');
    control.accessTokenSeconds = value;
  },
  token_answers: (control, value) => { control.answers.token = answers(value); },
  revoke_answers: (control, value) => { control.answers.revoke = answers(value); },
  authorize_error: (control, value) => {
    const wished = typeof value === 'string' ? { error: value } : value;
    if (wished !== null && typeof wished?.error !== 'string') throw new RequestRefused('authorize_error: no error');
    control.authorizeError = wished ?? undefined;
  },
  revoke_all: (control, value) => { if (value) control.endTokens(); },
};

const KNOWN = new Set(['status', 'headers', 'body', 'delay_seconds', 'drop', 'lose']);

function answers(list) {
  if (!Array.isArray(list) || list.length > MOST_ANSWERS) throw new RequestRefused('answers are a list');
  const unknown = list.flatMap((answer) => Object.keys(Object(answer))).find((name) => !KNOWN.has(name));
  if (unknown !== undefined) throw new RequestRefused(`unknown in an answer: ${unknown}`);
  return list.map(Object);
}

// POST /control and GET /control/<role>; `controls` by the name of the role.
export async function handleControl(controls, request, response) {
  const [, , role] = new URL(request.url, 'http://sandbox').pathname.split('/');
  try {
    const known = role && Object.hasOwn(controls, role);
    if (request.method === 'GET' && known) return json(response, 200, controls[role].counts);
    if (request.method !== 'POST' || role) return json(response, 404, { error: 'not found' });
    change(controls, await wishes(request));
    return json(response, 200, {});
  } catch (error) {
    if (error instanceof RequestRefused) return json(response, 400, { error: error.message });
    throw error;
  }
}

async function wishes(request) {
  // A page of another site can send a form to loopback, and no JSON.
  if (request.headers['content-type']?.split(';')[0] !== 'application/json') throw new RequestRefused('send JSON');
  try {
    return Object(JSON.parse(await read(request)));
  } catch (error) {
    if (error instanceof SyntaxError) throw new RequestRefused('send JSON');
    throw error;
  }
}

function change(controls, { reset, ...settings }) {
  const { role } = settings;
  if (role !== undefined && !Object.hasOwn(controls, role)) throw new RequestRefused('role is google or microsoft');
  if (reset) for (const control of role ? [controls[role]] : Object.values(controls)) control.reset();
  if (role) controls[role].set(settings);
  else if (!reset || Object.keys(settings).length) throw new RequestRefused('role is google or microsoft');
}

export function json(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
