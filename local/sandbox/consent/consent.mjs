// The page on which a person allows or denies: there is one account and no password.

import { readForm } from './body.mjs';
import { consentPage, errorPage, PAGE_HEADERS } from './page.mjs';
import { ACCOUNT } from './roles.mjs';

export function consent(provider, role) {
  return async (ctx, next) => {
    if (!ctx.path.startsWith('/consent/') || !['GET', 'POST'].includes(ctx.method)) return next();
    const interaction = await provider.interactionDetails(ctx.req, ctx.res).catch(() => undefined);
    if (!interaction) return show(ctx, 400, errorPage(role, 'This page has been used or is too old. Start again.'));
    if (ctx.method === 'GET') return show(ctx, 200, consentPage(role, await asked(provider, role, interaction)));
    const result = await decide(provider, role, interaction, await readForm(ctx.req));
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result));
    ctx.status = 303;
    return undefined;
  };
}

export function showError(role) {
  return (ctx, out) => show(ctx, ctx.status, errorPage(role, out.error, out.error_description));
}

function show(ctx, status, html) {
  ctx.status = status;
  ctx.set(PAGE_HEADERS);
  ctx.body = html;
}

async function asked(provider, role, { params }) {
  const client = await provider.Client.find(params.client_id);
  return { app: client.clientName, account: ACCOUNT, scopes: wanted(params).filter((scope) => scope in role.scopes) };
}

function wanted(params) {
  return (params.scope ?? '').split(' ').filter(Boolean);
}

// What becomes of the form. Scopes of signing in have no tick box: they are granted with Allow.
async function decide(provider, role, { params }, form) {
  const ticked = new Set(form.getAll('scope'));
  const signIn = wanted(params).filter((scope) => role.signInScopes.includes(scope));
  const granted = [...signIn, ...wanted(params).filter((scope) => scope in role.scopes && ticked.has(scope))];
  if (form.get('decision') !== 'allow' || !granted.length) {
    return { error: 'access_denied', error_description: role.denied };
  }
  const grant = new provider.Grant({ accountId: ACCOUNT, clientId: params.client_id });
  grant.addOIDCScope(granted.join(' '));
  const rest = wanted(params).filter((scope) => !granted.includes(scope));
  if (rest.length) grant.rejectOIDCScope(rest.join(' '));
  return { login: { accountId: ACCOUNT }, select_account: {}, consent: { grantId: await grant.save() } };
}
