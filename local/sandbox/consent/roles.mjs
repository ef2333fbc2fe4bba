// What tells the two roles apart: addresses, scopes, sizes, and what the real ones do beyond OAuth.

const READ_ONLY = 'It can read them and cannot change them.';

const google = {
  name: 'Google',
  routes: {
    authorization: '/o/oauth2/v2/auth',
    token: '/token',
    revocation: '/revoke',
    introspection: '/introspect',
    jwks: '/oauth2/v3/certs',
  },
  signInScopes: ['openid'],
  scopes: {
    'https://www.googleapis.com/auth/contacts.readonly': `See your contacts and labels. ${READ_ONLY}`,
    'https://www.googleapis.com/auth/contacts.other.readonly':
      `See “Other contacts”: people you wrote to and did not save. ${READ_ONLY}`,
  },
  grantTypes: ['authorization_code'],
  // The largest that Google announces: codes of 256 bytes, access tokens of 2,048.
  lengths: { AuthorizationCode: 256, AccessToken: 2048 },
  denied: undefined,
  inCallback: (params, scope) => ({ scope, authuser: '0', prompt: params.prompt || 'consent' }),
};

const microsoft = {
  name: 'Microsoft',
  routes: {
    authorization: '/common/oauth2/v2.0/authorize',
    token: '/common/oauth2/v2.0/token',
    introspection: '/introspect',
    jwks: '/common/discovery/v2.0/keys',
  },
  signInScopes: ['openid', 'offline_access'],
  scopes: { 'https://graph.microsoft.com/Contacts.Read': `Read your contacts in every folder. ${READ_ONLY}` },
  grantTypes: ['authorization_code', 'refresh_token'],
  // Nothing is announced. Those of work accounts in many groups are this long: longer than KMS encrypts by itself.
  lengths: { AuthorizationCode: 1200, AccessToken: 4600, RefreshToken: 1200 },
  denied: 'AADSTS65004: User declined to consent to access the app.',
  inCallback: () => ({ session_state: '5a0d0000-0000-4000-8000-00000000beef' }),
  // https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow, error response of the token endpoint
  tokenError: (error, description) => ({
    error,
    error_description: `AADSTS70000: ${description}. Trace ID: ${ZERO} Correlation ID: ${ZERO}`,
    error_codes: [70000],
    timestamp: `${new Date().toISOString().slice(0, 19).replace('T', ' ')}Z`,
    trace_id: ZERO,
    correlation_id: ZERO,
  }),
};

const ZERO = '00000000-0000-4000-8000-000000000000';

export const roles = { google, microsoft };
export const ACCOUNT = 'alice@example.com';
