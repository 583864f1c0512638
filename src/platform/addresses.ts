import { BlockList, isIP } from 'node:net';

/** One way to write an address: no port, no brackets, no zone, IPv4 inside IPv6 as IPv4. null: it is none. */
export function plainAddress(text: string): string | null {
  const bare = text
    .trim()
    .replace(/^"|"$/g, '')
    .replace(/^\[([^\]]+)\](?::\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
    .replace(/%.*$/, '')
    .replace(/^::ffff:(\d+\.\d+\.\d+\.\d+)$/i, '$1')
    .toLowerCase();
  return isIP(bare) === 0 ? null : bare;
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** Is this text an address or a network (`10.0.0.0/8`)? */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const kind = isIP(address);
  if (kind === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (kind === 6 ? 128 : 32));
}

/** Addresses and networks as a list that can be asked. */
export function networks(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const one of entries) {
    const [address = '', bits] = one.split('/');
    if (bits === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(bits), familyOf(address));
  }
  return list;
}

/**
 * Who really asks. `X-Forwarded-For` is believed only from a proxy in `trustProxy`, and read from the right: each proxy
 * appends the address it was asked from, so the first one from the right that is not a proxy of ours is the client, and
 * whatever the client itself wrote stands further left and is never looked at. No other forwarding header is believed.
 * @param socket the address at the other end of the connection.
 */
export function clientAddress(socket: string, forwardedFor: string | undefined, trusted: BlockList): string {
  const isTrusted = (address: string): boolean => trusted.check(address, familyOf(address));
  let client = plainAddress(socket) ?? 'unknown';
  const chain = (forwardedFor ?? '').split(',').filter((part) => part.trim() !== '');
  while (client !== 'unknown' && isTrusted(client)) {
    const next = chain.pop();
    const address = next === undefined ? null : plainAddress(next);
    if (address === null) break;
    client = address;
  }
  return client;
}

/** What a rate limit counts by: one IPv6 user has a whole /64 to choose addresses from. */
export function limitKey(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail = ''] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const groups = address.includes('::')
    ? [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right]
    : left;
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
