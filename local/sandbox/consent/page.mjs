// HTML of the pages: no script, nothing from elsewhere.

import { createHash } from 'node:crypto';

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --dim: #55606e; --paper: #fff; --ground: #eef1f5; --line: #d4dae2;
  --act: #1b5fb4; --on-act: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ecf1; --dim: #a5b0bd; --paper: #1d232b; --ground: #12161b; --line: #3a4450;
    --act: #8ab8f5; --on-act: #10151b; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
  background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 28rem; padding: 1.75rem;
  background: var(--paper); border: 1px solid var(--line); border-radius: .75rem; }
h1 { margin: 0 0 .75rem; font-size: 1.3rem; line-height: 1.3; }
p { margin: 0 0 1rem; }
.note { padding: .5rem .75rem; border: 1px dashed var(--dim); border-radius: .5rem; font-size: .875rem; }
fieldset { margin: 0 0 1.25rem; padding: 0; border: 0; }
legend { padding: 0; font-weight: 600; margin-bottom: .5rem; }
label { display: grid; grid-template-columns: auto 1fr; gap: 0 .75rem;
  padding: .75rem 0; border-top: 1px solid var(--line); cursor: pointer; }
input { width: 1.15rem; height: 1.15rem; margin: .2rem 0 0; accent-color: var(--act); }
code { grid-column: 2; color: var(--dim); font-size: .8rem; overflow-wrap: anywhere; }
.buttons { display: flex; justify-content: flex-end; gap: .75rem; }
button { padding: .6rem 1.4rem; font: inherit; font-weight: 600; cursor: pointer;
  border: 1px solid var(--act); border-radius: .5rem; background: transparent; color: var(--act); }
button[value=allow] { background: var(--act); color: var(--on-act); }
:focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
@media (max-width: 24rem) { body { padding: .5rem; } main { padding: 1.25rem 1rem; } label { padding: .5rem 0; } }
`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  // No form-action: browsers hold it against every redirect after the form, and those end at the application.
  'content-security-policy':
    `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; img-src data:; base-uri 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const escaped = (text) => String(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

function page(title, body) {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

const note = (role) => `<p class="note">This is a sandbox on your own machine. It is not ${role.name},
and it knows only invented people.</p>`;

function box(role, scope) {
  return `<label><input type="checkbox" name="scope" value="${escaped(scope)}" checked>
<span>${escaped(role.scopes[scope])}</span><code>${breakable(scope)}</code></label>`;
}

// Long names wrap between their parts, and in them only where nothing else fits.
function breakable(scope) {
  return escaped(scope).replace(/[/.](?=\w)/g, '$&<wbr>');
}

// `asked`: app (its name), account, scopes (those with a tick box).
export function consentPage(role, asked) {
  const boxes = asked.scopes.map((scope) => box(role, scope)).join('\n');
  return page(`Sandbox ${role.name}: ${asked.app} asks for your contacts`, `<h1>Sandbox ${role.name}</h1>
${note(role)}
<p><strong>${escaped(asked.app)}</strong> asks for access to the account <strong>${escaped(asked.account)}</strong>.</p>
<form method="post">
<fieldset>
<legend>What it may do</legend>
${boxes || '<p>Know who you are.</p>'}
</fieldset>
<div class="buttons">
<button name="decision" value="deny">Deny</button>
<button name="decision" value="allow">Allow</button>
</div>
</form>`);
}

export function errorPage(role, what, detail = '') {
  return page(`Sandbox ${role.name}: error`, `<h1>Sandbox ${role.name}</h1>
${note(role)}
<p><strong>${escaped(what)}</strong></p>
<p>${escaped(detail)}</p>`);
}
