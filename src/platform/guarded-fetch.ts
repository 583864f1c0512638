import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Agent, type Dispatcher, ProxyAgent, fetch as undiciFetch } from 'undici';

export interface GuardOptions {
  /** Names, addresses or networks that may be reached although private. */
  readonly allowHosts: readonly string[];
  /** For tests: every private address; link-local never. */
  readonly allowPrivateHosts: boolean;
  readonly proxy?: string | undefined;
}

/** An address that a connection may not reach; the message says what would allow it. */
export class ForbiddenAddress extends Error {
  readonly code = 'FORBIDDEN_ADDRESS';
  constructor(host: string, address: string) {
    super(`${host} leads to the private address ${address}. To allow it, add it to TANDEM_ALLOW_HOSTS.`);
    this.name = 'ForbiddenAddress';
  }
}

/** Never, whatever is allowed: link-local (cloud metadata lives there), multicast, broadcast, unspecified. */
const never = new BlockList();
for (const [network, bits] of [
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['0.0.0.0', 8],
] as const)
  never.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  never.addSubnet(network, bits, 'ipv6');
never.addAddress('::', 'ipv6');

/** RFC 1918, 6598, 4193, 5737 and loopback. */
const privates = new BlockList();
for (const [network, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['192.0.2.0', 24],
  ['198.18.0.0', 15],
] as const)
  privates.addSubnet(network, bits, 'ipv4');
privates.addSubnet('fc00::', 7, 'ipv6');
privates.addAddress('::1', 'ipv6');

/** Is this address one of loopback or of a private network? */
export const isPrivateAddress = (address: string): boolean => privates.check(plain(address), family(plain(address)));

/** An IPv4 address inside an IPv6 one is judged as IPv4. */
const plain = (address: string): string => /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
const family = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** May this host, which resolved to this address, be reached? Judged at connect time, so a name cannot change its mind. */
export function isAllowed(host: string, raw: string, options: GuardOptions): boolean {
  const address = plain(raw);
  if (never.check(address, family(address))) return false;
  if (!privates.check(address, family(address)) || options.allowPrivateHosts) return true;
  const allowed = new BlockList();
  for (const entry of options.allowHosts) {
    if (entry.toLowerCase() === host.toLowerCase()) return true;
    const [network, bits] = entry.split('/');
    if (network === undefined || isIP(network) === 0) continue;
    if (bits === undefined) allowed.addAddress(network, family(network));
    else allowed.addSubnet(network, Number(bits), family(network));
  }
  return allowed.check(address, family(address));
}

/** `fetch` for everything that users can point somewhere: CRMs, webhooks, sign-on. Redirects are not followed. */
export function createGuardedFetch(options: GuardOptions): (url: string, init: RequestInit) => Promise<Response> {
  const guardedLookup: LookupFunction = (hostname, settings, callback) => {
    lookup(hostname, { ...settings, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 4);
      const bad = addresses.find((one) => !isAllowed(hostname, one.address, options));
      const [first] = addresses;
      if (bad !== undefined || first === undefined)
        return callback(new ForbiddenAddress(hostname, bad?.address ?? '?'), '', 4);
      if (settings.all === true) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
  const settings = { connections: 16, headersTimeout: 120_000, bodyTimeout: 120_000, keepAliveTimeout: 10_000 };
  const direct: Dispatcher = new Agent({ ...settings, connect: { lookup: guardedLookup, timeout: 10_000 } });
  const proxy = options.proxy === undefined ? undefined : new ProxyAgent({ uri: options.proxy, ...settings });
  return async (url, init) => {
    const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !isAllowed(host, host, options)) throw new ForbiddenAddress(host, host);
    const dispatcher = proxy === undefined || (await isNear(host, options)) ? direct : proxy;
    // undici's own types of fetch and the global ones differ in name only.
    const response = await undiciFetch(url, { ...init, dispatcher, redirect: 'manual' } as Parameters<
      typeof undiciFetch
    >[1]);
    return response as unknown as Response;
  };
}

/**
 * Is this host on our own side of the outgoing proxy: a private address that we may reach? A name that only the proxy can
 * resolve is not. @throws ForbiddenAddress when the name leads to an address that may not be reached, by whatever way.
 */
async function isNear(host: string, options: GuardOptions): Promise<boolean> {
  const addresses = isIP(host) !== 0 ? [host] : await addressesOf(host);
  const bad = addresses.find((address) => !isAllowed(host, address, options));
  if (bad !== undefined) throw new ForbiddenAddress(host, bad);
  return addresses.some((address) => privates.check(plain(address), family(plain(address))));
}

const addressesOf = (host: string): Promise<readonly string[]> =>
  new Promise((resolve) => {
    lookup(host, { all: true }, (error, found) => resolve(error === null ? found.map((one) => one.address) : []));
  });
