// Around oidc-provider's own endpoints: counting, scripted answers, and what Google and Microsoft do in their own way.

import { setTimeout as pause } from 'node:timers/promises';

import { readForm } from './body.mjs';

// Counts requests by endpoint, and the answers of those that answer programs. A connection closed without answer is 0.
export function counted(control, role) {
  const { authorization, token, revocation } = role.routes;
  return async (ctx, next) => {
    if (ctx.path === authorization) control.counts.authorize += 1;
    const endpoint = { [token]: 'token', [revocation]: 'revoke' }[ctx.path];
    if (endpoint === undefined || ctx.method !== 'POST') return next();
    control.counts[endpoint] += 1;
    await scripted(ctx, control.answers[endpoint].shift(), next);
    control.counts[`${endpoint}_statuses`].push(ctx.respond === false ? 0 : ctx.status);
    return undefined;
  };
}

async function scripted(ctx, answer = {}, next) {
  if (answer.delay_seconds) await pause(answer.delay_seconds * 1000);
  if (answer.drop) return hangUp(ctx);
  if (answer.status === undefined) await next();
  else write(ctx, answer);
  return answer.lose ? hangUp(ctx) : undefined;
}

function write(ctx, { status, headers = {}, body = '' }) {
  ctx.status = status;
  if (body !== '') ctx.body = body;
  ctx.set(headers);
}

function hangUp(ctx) {
  ctx.respond = false;
  ctx.req.socket.destroy();
}

const UNKNOWN_TOKEN = { error: 'invalid_token', error_description: 'Token expired or revoked' };

// https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke: who has a token may end its grant.
export function googleRevocation(provider, memory, role) {
  return async (ctx, next) => {
    if (ctx.path !== role.routes.revocation || role.routes.revocation === undefined) return next();
    if (ctx.method !== 'POST') return write(ctx, { status: 405, headers: { allow: 'POST' } });
    const value = (await readForm(ctx.req)).get('token') ?? ctx.query.token;
    if (!value) return write(ctx, { status: 400, body: { error: 'invalid_request' } });
    const token = await provider.AccessToken.find(value);
    if (!token) return write(ctx, { status: 400, body: UNKNOWN_TOKEN });
    for (const model of ['AccessToken', 'AuthorizationCode']) memory.forget(model, token.grantId);
    await provider.Grant.adapter.destroy(token.grantId);
    return write(ctx, { status: 200, body: {} });
  };
}

// Errors of the token endpoint in the provider's own form.
export function dressedErrors(role) {
  return async (ctx, next) => {
    await next();
    if (role.tokenError && ctx.path === role.routes.token && ctx.body?.error) {
      ctx.body = role.tokenError(ctx.body.error, ctx.body.error_description);
    }
  };
}
