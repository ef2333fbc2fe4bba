// Small request bodies.

const MOST_BYTES = 256 * 1024;

// Koa reads the two fields.
export class RequestRefused extends Error {
  status = 400;
  expose = true;
}

// The body of a node request as text.
export async function read(request) {
  const parts = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes > MOST_BYTES) throw new RequestRefused('too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

export async function readForm(request) {
  return new URLSearchParams(await read(request));
}
