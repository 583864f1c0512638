const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * The instance's address as people type it, without path and slash. https, or http to this machine (tests).
 * @throws an error that Zapier shows beside the connection
 */
export function addressOf(z, bundle) {
  const given = String(bundle.authData.address ?? '').trim();
  const text = /^[a-z]+:\/\//i.test(given) ? given : `https://${given}`;
  const url = URL.canParse(text) ? new URL(text) : null;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.has(url.hostname));
  if (url === null || !isSafe || url.username !== '')
    throw new z.errors.Error('Write the address of your Tandem as https://tandem.example.com.', 'InvalidData', 400);
  return url.origin;
}

/** Calls the API; a path under `/api/v1`. */
export const call = (z, bundle, { method = 'GET', path, ...rest }) =>
  z.request({ method, url: `${addressOf(z, bundle)}/api/v1${path}`, ...rest });

/** Every request to the instance carries the key; to anybody else none does. */
export const sendKey = (request, z, bundle) => {
  const { key } = bundle.authData ?? {};
  if (key !== undefined && request.url.startsWith(`${addressOf(z, bundle)}/`))
    request.headers = { ...request.headers, authorization: `Bearer ${key}`, accept: 'application/json' };
  return request;
};

/** Tandem says in a problem document what was wrong with which value; Zapier shows it as it is. */
export const explainRefusal = (response, z) => {
  if (response.status < 400 || response.request?.skipThrowForStatus) return response;
  const problem = parse(response.content);
  const detail = problem.detail ?? problem.title ?? `Tandem answered ${response.status}.`;
  if (response.status === 401)
    throw new z.errors.Error('The key is not valid any more. Make a new one in Tandem.', 'AuthenticationError', 401);
  if (response.status === 429) throw new z.errors.ThrottledError(detail, 60);
  throw new z.errors.Error(detail, 'Refused', response.status);
};

function parse(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
