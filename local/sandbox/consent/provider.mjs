// An oidc-provider in one role: only the code flow, with PKCE, and a consent for every request.

import * as crypto from 'node:crypto';

import './quiet.mjs';
import { errors, interactionPolicy, Provider } from 'oidc-provider';

import { ACCOUNT } from './roles.mjs';

const { Check, Prompt, base } = interactionPolicy;
const DAY = 24 * 3600;
const OFF = { enabled: false };
const BITS_OF_A_CHARACTER = 6;

// `settings`: clients of the role, resourceServer (the client that alone may introspect), signingKey, showError.
export function makeProvider(issuer, role, settings, control, memory) {
  const { clients, resourceServer, showError } = settings;
  const provider = new Provider(issuer, {
    adapter: memory.adapter,
    clients: [...clients.map((client) => asClient(role, client)), asResourceServer(resourceServer)],
    jwks: { keys: [settings.signingKey] },
    cookies: cookies(role, new URL(issuer).pathname),
    scopes: [...new Set(['openid', ...role.signInScopes, ...Object.keys(role.scopes)])],
    routes: role.routes,
    responseTypes: ['code'],
    pkce: { required: () => true },
    clientAuthMethods: ['client_secret_post', 'client_secret_basic'],
    clockTolerance: 0,
    allowOmittingSingleRegisteredRedirectUri: false,
    features: features(resourceServer),
    discovery: role.routes.revocation ? { revocation_endpoint: issuer + role.routes.revocation } : {},
    formats: { bitsOfOpaqueRandomness: (_, token) => (role.lengths[token.kind] ?? 43) * BITS_OF_A_CHARACTER },
    ttl: lifetimes(control),
    clientBasedCORS: () => false,
    expiresWithSession: () => false,
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: ACCOUNT }) }),
    interactions: { policy: policy(role, control), url: (_, { uid }) => `${issuer}/consent/${uid}` },
    loadExistingGrant: grantOf,
    renderError: showError,
  });
  provider.on('authorization.success', (ctx, callback) => {
    const granted = ctx.oidc.grant.getOIDCScopeFiltered(ctx.oidc.requestParamScopes);
    Object.assign(callback, role.inCallback(ctx.oidc.params, granted));
  });
  provider.on('server_error', (_, error) => console.error(error));
  return provider;
}

function asClient(role, { client_id, client_secret, client_name = 'Rubrica', redirect_uris }) {
  return {
    client_id,
    client_secret,
    client_name,
    redirect_uris,
    grant_types: role.grantTypes,
    response_types: ['code'],
    // Basic is taken too: oidc-provider makes no difference between the two.
    token_endpoint_auth_method: 'client_secret_post',
  };
}

function asResourceServer(client) {
  return { ...client, redirect_uris: [], grant_types: [], response_types: [] };
}

function features(resourceServer) {
  return {
    devInteractions: OFF,
    dPoP: OFF,
    introspection: { enabled: true, allowedPolicy: (_, client) => client.clientId === resourceServer.client_id },
    pushedAuthorizationRequests: OFF,
    resourceIndicators: OFF,
    rpInitiatedLogout: OFF,
    userinfo: OFF,
  };
}

// Of identity tokens, which nobody here asks for; making it is half of the time to start.
export function makeSigningKey() {
  const { privateKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig' };
}

// The roles share a host, and browsers keep cookies by host without the port.
function cookies(role, path) {
  const name = role.name.toLowerCase();
  return {
    keys: [crypto.randomBytes(32).toString('hex')],
    names: { session: `${name}_session`, interaction: `${name}_consent`, resume: `${name}_resume` },
    long: { path },
  };
}

function lifetimes(control) {
  return {
    AccessToken: () => control.accessTokenSeconds,
    AuthorizationCode: 600,
    Grant: DAY,
    IdToken: 3600,
    Interaction: 3600,
    RefreshToken: DAY,
    Session: DAY,
  };
}

// Every request is answered with the consent page, except one with prompt=none.
function policy(role, control) {
  const prompts = base();
  prompts.get('login').checks.add(new Check('sandbox', 'scripted', (ctx) => refuse(ctx, role, control)), 0);
  prompts.add(new Prompt({ name: 'select_account', requestable: true }), 1);
  prompts.get('consent').checks.add(
    new Check(
      'every_time',
      'consent is asked for every time',
      ({ oidc }) => !oidc.result?.consent && !oidc.prompts.has('none'),
    ),
  );
  return prompts;
}

// Errors that the real ones send to the callback before anybody sees a page.
function refuse(ctx, role, control) {
  if (ctx.oidc.route !== 'authorization') return false;
  const { authorizeError: scripted } = control;
  control.authorizeError = undefined;
  if (scripted) throw new errors.CustomOIDCProviderError(scripted.error, scripted.error_description);
  const known = new Set([...role.signInScopes, ...Object.keys(role.scopes)]);
  if (![...ctx.oidc.requestParamScopes].every((scope) => known.has(scope))) {
    throw new errors.InvalidScope('an unknown scope is asked for');
  }
  return false;
}

// Each consent is a grant of its own, so that ending one import's leaves those of the others.
function grantOf({ oidc }) {
  const id = oidc.result?.consent?.grantId
    ?? (oidc.prompts.has('none') ? oidc.session.grantIdFor(oidc.client.clientId) : undefined);
  return id ? oidc.provider.Grant.find(id) : undefined;
}
