// Imported before oidc-provider: its advice for those who deploy it says nothing to somebody with a sandbox.
console.info = () => {};
console.warn = () => {};
